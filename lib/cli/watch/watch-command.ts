/** `watch <url>`: what would HireFire do with the app there? */
import { Command } from 'commander';
import { configOption, durationOption, managerOption, plainOption, tokenOption } from '../options.js';

export function watchCommand(): Command {
  return new Command('watch')
    .description('what would HireFire do with my app? Nothing is started or stopped')
    .argument('<url>', 'of the app')
    .addOption(tokenOption())
    .addOption(configOption())
    .addOption(managerOption())
    .addOption(durationOption('--every <duration>', 'between two checkups'))
    .addOption(durationOption('--for <duration>', 'until it ends'))
    .addOption(plainOption());
}
