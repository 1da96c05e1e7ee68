/** The command line of the benchmark. */
import { parseArgs } from 'node:util';
import type { Host, LoadOptions } from './server.js';

export const USAGE = `npm run bench:web -- [--rounds <count>] [--quick] [--write]

  --rounds   times that each app is started and measured (12): more make the intervals narrower
  --quick    a run of half a minute, which shows that the benchmark works; its numbers say little
  --write    puts the results into docs/benchmarks.md and its picture`;

export interface WebOptions {
  readonly rounds: number;
  readonly functionProcesses: number;
  readonly functionRounds: number;
  readonly load: Readonly<Record<Host, LoadOptions>>;
  readonly write: boolean;
}

const CONNECTIONS = 16;
const QUICK_LOAD: LoadOptions = { connections: CONNECTIONS, warmUp: 1_000, requests: 2_000 };

/** @throws Error that says what is wrong with the command line */
export function optionsFrom(args: readonly string[]): WebOptions | 'help' {
  const { values } = parseArgs({
    args: [...args],
    options: {
      rounds: { type: 'string', default: '12' },
      quick: { type: 'boolean', default: false },
      write: { type: 'boolean', default: false },
      help: { type: 'boolean', short: 'h', default: false },
    },
  });
  if (values.help) {
    return 'help';
  }
  const rounds = Number(values.rounds);
  if (!Number.isInteger(rounds) || rounds < 1) {
    throw new Error(`--rounds must be a whole number of at least 1, not "${values.rounds}".`);
  }
  if (values.quick) {
    if (values.write) {
      throw new Error('What --quick measures is not worth to be kept by --write.');
    }
    const load = { express: QUICK_LOAD, fastify: QUICK_LOAD };
    return { rounds: 1, functionProcesses: 1, functionRounds: 5, load, write: false };
  }
  const load = {
    express: { connections: CONNECTIONS, warmUp: 8_000, requests: 8_000 },
    fastify: { connections: CONNECTIONS, warmUp: 24_000, requests: 24_000 },
  };
  return { rounds, functionProcesses: 5, functionRounds: 20, load, write: values.write };
}
