/** `plan <source...>`: which settings would be right? */
import { fileURLToPath } from 'node:url';
import { Command } from 'commander';
import { configOption, managerOption, tokenOption } from '../options.js';
import { plan, type PlanOptions } from './plan.js';
import { bootOption, budgetOption, jobOption, phasesOption, slotsOption, waitOption } from './plan-options.js';

export function planCommand(): Command {
  return new Command('plan')
    .description('which settings would be right? Replays the jobs of the last hours with others')
    .argument('<source...>', "the app's URL, saved traces of it, or a recording of watch")
    .addOption(tokenOption())
    .addOption(configOption())
    .addOption(managerOption())
    .addOption(jobOption())
    .addOption(slotsOption())
    .addOption(bootOption())
    .addOption(waitOption())
    .addOption(budgetOption())
    .addOption(phasesOption())
    .option('--json', 'the same as JSON')
    .option('--write', 'puts the starred setting into hirefire.json')
    .action(async (given: string[], options: PlanOptions) => {
      const workerFile = fileURLToPath(new URL('replay-worker.js', import.meta.url));
      const { exitCode } = await plan(given, options, { stdout: process.stdout, stderr: process.stderr, workerFile });
      process.exitCode = exitCode;
    });
}
