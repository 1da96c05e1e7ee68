/** `plan <source...>`: which settings would be right? */
import { fileURLToPath } from 'node:url';
import { Command } from 'commander';
import { INTERRUPTED, onInterrupt } from '../../io/interruption.js';
import { onStarterGone } from '../../io/starter.js';
import type { Output } from '../../io/terminal.js';
import { servePlan } from '../../page/plan-page.js';
import { configOption, managerOption, tokenOption } from '../options.js';
import { pageOf } from './page.js';
import { plan, type Planned, type PlanOptions } from './plan.js';
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
    .option('--page', 'shows it in a browser too, as a chart, until Ctrl-C')
    .option('--write', 'puts the starred setting into hirefire.json')
    .action(async (given: string[], options: PlanOptions) => {
      const workerFile = fileURLToPath(new URL('replay-worker.js', import.meta.url));
      const planned = await plan(given, options, { stdout: process.stdout, stderr: process.stderr, workerFile });
      process.exitCode = planned.exitCode;
      if (options.page === true) {
        await show(planned, options.json === true ? process.stderr : process.stdout);
      }
    });
}

/** Ends by Ctrl-C, or when its starter is gone. */
async function show(planned: Planned, output: Output): Promise<void> {
  const page = await servePlan(pageOf(planned));
  const ended = new Promise<void>((resolve) => {
    onInterrupt(resolve, () => process.exit(INTERRUPTED));
    onStarterGone(resolve);
  });
  output.write(`The page is at ${page.url} (Ctrl-C ends it)\n`);
  await ended;
  await page.close();
}
