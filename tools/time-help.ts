/** Times the help of the built command line: the median and the slowest of twenty runs. */
import { spawnSync } from 'node:child_process';

const RUNS = 20;

const times = Array.from({ length: RUNS }, () => {
  const start = performance.now();
  const { status } = spawnSync(process.execPath, ['dist/cli/main.js', '--help'], { stdio: 'ignore' });
  if (status !== 0) {
    throw new Error(`--help ended with ${String(status)}: run npm run build first`);
  }
  return performance.now() - start;
}).sort((one, other) => one - other);

const [median = NaN, slowest = NaN] = [times[RUNS / 2], times.at(-1)].map((ms) => Math.round(ms ?? NaN));
process.stdout.write(`nestjs-hirefire --help, Node ${process.version}: median ${median} ms, slowest ${slowest} ms\n`);
