/**
 * `npm run test:closed-loop`: 200 jobs of 2 to 20 s in bursts under `simulate`, with `protect` and `drainOnShutdown()`, and without.
 * Ends with 1 if a job is started twice, killed or stalled with them, or if that costs more than 0.8 of the dyno seconds without
 * `decrementable`. `-- 3` plays three seeds instead of ten, `-- 3 4` four runs at a time.
 */
import { apart, closedLoop, EVERY, type Outcome, type Variant } from './closed-loop.js';

const [seeds = 10, atOnce = 10] = process.argv.slice(2).map(Number);
const VARIANTS: readonly Variant[] = ['safe', 'not decrementable', 'unsafe'];
const MAX_COST = 0.8;

const runs = Array.from({ length: seeds }, (_, index) =>
  VARIANTS.map((variant) => ({ seed: index + 1, variant })),
).flat();
const outcomes = new Map<string, Outcome>();
const nameOf = (seed: number, variant: Variant): string => `seed ${seed}, ${variant}`;

async function runAll(): Promise<void> {
  for (let next = runs.shift(); next; next = runs.shift()) {
    const { seed, variant } = next;
    const outcome = await closedLoop({ seed, jobs: 200, shortest: 2, every: EVERY }, variant);
    outcomes.set(nameOf(seed, variant), outcome);
    process.stdout.write(`${nameOf(seed, variant)}: ${JSON.stringify(outcome)}\n`);
  }
}
await Promise.all(apart(atOnce, runAll));

const wrong: string[] = [];
for (let seed = 1; seed <= seeds; seed++) {
  const [safe, still, unsafe] = VARIANTS.map((variant) => outcomes.get(nameOf(seed, variant)));
  if (!safe || !still || !unsafe) {
    throw new Error(`seed ${seed} has not run`);
  }
  const harmed = ({ startedTwice, stalled, failed, killed }: Outcome): number =>
    startedTwice + stalled + failed + killed;
  const cost = safe.dynoSeconds / still.dynoSeconds;
  process.stdout.write(
    `seed ${seed}: ${cost.toFixed(2)} of the dyno seconds, ${harmed(unsafe)} harmed without the features\n`,
  );
  wrong.push(
    ...(harmed(safe) > 0 ? [`seed ${seed}: a job was harmed`] : []),
    ...(harmed(unsafe) === 0 ? [`seed ${seed}: no job was harmed without the features, so it proves nothing`] : []),
    ...(cost > MAX_COST ? [`seed ${seed}: costs ${cost.toFixed(2)}`] : []),
    ...[safe, still, unsafe].flatMap(({ interrupted, startedTwice, failed }, index) =>
      interrupted > 0 === startedTwice + failed > 0
        ? []
        : [
            `seed ${seed}, ${VARIANTS[index] ?? ''}: simulate reports ${interrupted} interruptions, BullMQ ${startedTwice + failed}`,
          ],
    ),
  );
}
process.stdout.write(wrong.map((line) => `${line}\n`).join(''));
process.exitCode = wrong.length > 0 ? 1 : 0;
