/** `check <url>`: will HireFire understand the app there? */
import { Command } from 'commander';
import { procfileOption, tokenOption } from '../options.js';

export function checkCommand(): Command {
  return new Command('check')
    .description('will HireFire understand my deployed app?')
    .argument('<url>', 'of the app')
    .addOption(tokenOption())
    .addOption(procfileOption());
}
