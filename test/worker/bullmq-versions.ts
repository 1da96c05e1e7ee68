/**
 * `npx tsx test/worker/bullmq-versions.ts 5.0.0 5.41.0` runs bullmq.spec.ts with workers of these versions, and lists the tests that fail.
 * Before 5.64, `returns at its signal` and the log fail, because there is no signal; before 5.3 the names fail as well.
 */
import { spawnSync } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { resolve } from 'node:path';

for (const version of process.argv.slice(2)) {
  // Within the project, for the other packages to be found.
  const folder = resolve('node_modules/.cache/bullmq', version);
  mkdirSync(folder, { recursive: true });
  const options = { encoding: 'utf8', env: { ...process.env, BULLMQ_FOLDER: folder } } as const;
  spawnSync(
    'npm',
    ['install', '--prefix', folder, '--no-audit', '--no-fund', `bullmq-5@npm:bullmq@${version}`],
    options,
  );
  const spec = ['--selectProjects', 'bullmq 5', '--testTimeout', '30000', '--forceExit', 'test/worker/bullmq.spec.ts'];
  const { stderr } = spawnSync('npm', ['run', '-s', 'jest', '--', ...spec], options);
  const failed = stderr.split('\n').filter((line) => /^ +✕|^Tests:/.test(line));
  process.stdout.write(`${version}\n${failed.map((line) => `  ${line.trim()}\n`).join('')}`);
}
