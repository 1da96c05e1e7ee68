/**
 * Polls queues of one library in one set-up over one link, as its arguments say. Asked with a {@link PollTask}, it answers with
 * what it measured.
 */
import 'reflect-metadata';
import { Redis } from 'ioredis';
import { report } from '../support/child.js';
import { measureInRounds } from '../support/rounds.js';
import { Fleet, type Poll } from './fleet.js';
import { withLibrary } from './libraries.js';
import type { LibraryName, SetUp, Variant } from './plan.js';
import type { PollReport, PollTask, Round } from './poller.js';
import { membersOf, turnsOf } from './turns.js';
import { usageOf, type Usage } from './usage.js';

/** Of the time for a case, how much is for warming up. */
const WARM_UP_SHARE = 0.2;
const MOST_WARM_UPS = 20;
const FEWEST_ROUNDS = 5;
const MOST_ROUNDS = 200;
/** Of the time for a case, how much is for counting what polls cost besides. */
const USAGE_SHARE = 0.25;
const MOST_COUNTED = 50;

const HOST = '127.0.0.1';
const [, , library, setUp, port, redisPort] = process.argv as [string, string, LibraryName, SetUp, string, string];

const control = new Redis({ host: HOST, port: Number(redisPort) });
await control.ping();
const fleet = await withLibrary(library, (one) =>
  Fleet.open(one, setUp, { host: HOST, port: Number(port) }, library === 'bullmq-5'),
);

async function measure({ queues, variants, expected, budget }: PollTask): Promise<PollReport> {
  const polls = await fleet.polls(queues);
  const durations = new Map<Variant, number>();
  for (const variant of variants) {
    const start = performance.now();
    await check(variant, polls[variant], expected);
    durations.set(variant, performance.now() - start);
  }
  for (const variant of variants) {
    let left = (budget * WARM_UP_SHARE) / variants.length - (durations.get(variant) ?? 0);
    for (let done = 0; done < MOST_WARM_UPS && left > 0; done++) {
      const time = await timeOf(polls[variant]);
      left -= time;
      // The shortest: what a busy machine adds says nothing about the next time.
      durations.set(variant, Math.min(durations.get(variant) ?? Infinity, time));
    }
  }

  const turns = turnsOf(durations, { budget, fewest: FEWEST_ROUNDS, most: MOST_ROUNDS });
  const rounds: Round[] = [];
  for (let round = 0; round < turns.rounds; round++) {
    const times = await measureInRounds(membersOf(turns, round), (variant) => timeOf(polls[variant]), {
      rounds: 1,
      warmUps: 0,
    });
    rounds.push(Object.fromEntries(Object.entries(times).map(([variant, [time]]) => [variant, time])));
  }

  const usages: Partial<Record<Variant, Usage>> = {};
  for (const variant of variants) {
    const fitting = Math.floor((budget * USAGE_SHARE) / variants.length / (durations.get(variant) ?? budget));
    usages[variant] = await usageOf(control, Math.min(Math.max(fitting, 1), MOST_COUNTED), polls[variant]);
  }
  return { rounds, usages };
}

async function timeOf(poll: Poll): Promise<number> {
  const start = performance.now();
  await poll();
  return performance.now() - start;
}

/** What gives a wrong answer is not measured. */
async function check(variant: Variant, poll: Poll, { size, oldest }: PollTask['expected']): Promise<void> {
  const before = Date.now();
  const answer = await poll();
  const after = Date.now();
  const isLatency = variant.startsWith('latency');
  const isRight = !isLatency
    ? answer === size
    : oldest === null
      ? answer === 0
      : answer * 1_000 >= before - oldest - 1 && answer * 1_000 <= after - oldest + 1;
  if (!isRight) {
    const right = !isLatency ? size : oldest === null ? 0 : (after - oldest) / 1_000;
    throw new Error(`${variant} of ${library}, ${setUp}, answered ${answer} where ${right} is right`);
  }
}

process.on('message', (task) => {
  measure(JSON.parse(String(task)) as PollTask).then(report, (error: unknown) => {
    throw error;
  });
});
report('ready');
