/** `npm run demo`: the sample app at work on real files, and HireFire played by us, from zero dynos to zero dynos. */
import { mkdtemp, realpath, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { cutWhenInterrupted, Interrupted, Lifeline } from './interruption.js';
import { optionsFrom, USAGE, type DemoOptions } from './options.js';
import { Processes } from './processes.js';
import { Run } from './run.js';
import { viewFor } from './view.js';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));

async function main(): Promise<number> {
  try {
    const options = await optionsFrom(process.argv.slice(2), ROOT);
    if (options === 'help') {
      process.stdout.write(`${USAGE}\n`);
      return 0;
    }
    return await play(options);
  } catch (error) {
    process.stderr.write(`\n${error instanceof Error ? error.message : String(error)}\n`);
    return error instanceof Interrupted ? error.exitCode : 1;
  }
}

async function play(options: DemoOptions): Promise<number> {
  const lifeline = new Lifeline();
  let killAll = (): void => undefined;
  cutWhenInterrupted(lifeline, () => killAll());

  const scratch = await realpath(await mkdtemp(join(tmpdir(), 'nestjs-hirefire-demo-')));
  // Whatever the run keeps for itself, it keeps in there.
  process.env.TMPDIR = scratch;
  const processes = new Processes(scratch);
  killAll = () => processes.killAll();

  const view = viewFor(process.stdout);
  const run = new Run({ root: ROOT, scratch, options, processes, view, lifeline });
  try {
    await run.play();
  } finally {
    view.close();
    await run.end();
    await rm(scratch, { recursive: true, force: true });
    await processes.close();
  }
  const isGood = run.problems.length === 0;
  view.verdict(run.summary(), isGood);
  return isGood ? 0 : 1;
}

process.exitCode = await main();
