/** The command line of the benchmark. */
import { parseArgs } from 'node:util';
import { fullPlan, QUICK_PLAN, type Plan } from './plan.js';

export const USAGE = `npm run bench:poll -- [--seconds <count>] [--quick] [--write]

  --seconds  that each case of up to 100 queues is measured, three times that for 1,000 (1): more make the intervals narrower
  --quick    a run of half a minute, which shows that the benchmark works; its numbers say little
  --write    puts the results into docs/benchmarks.md, and a picture of them beside it`;

export interface PollOptions {
  readonly plan: Plan;
  /** What was asked for, as one would type it again. */
  readonly command: string;
  readonly write: boolean;
}

/** @throws Error that says what is wrong with the command line */
export function optionsFrom(args: readonly string[]): PollOptions | 'help' {
  const { values } = parseArgs({
    args: [...args],
    options: {
      seconds: { type: 'string', default: '1' },
      quick: { type: 'boolean', default: false },
      write: { type: 'boolean', default: false },
      help: { type: 'boolean', short: 'h', default: false },
    },
  });
  if (values.help) {
    return 'help';
  }
  const seconds = Number(values.seconds);
  if (!(seconds > 0)) {
    throw new Error(`--seconds must be a number above 0, not "${values.seconds}".`);
  }
  if (values.quick && values.write) {
    throw new Error('What --quick measures is not worth to be kept by --write.');
  }
  const command = ['npm run bench:poll --', `--seconds ${seconds}`, '--write'].join(' ');
  return { plan: values.quick ? QUICK_PLAN : fullPlan(seconds * 1_000), command, write: values.write };
}
