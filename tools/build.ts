/**
 * Builds dist/esm and dist/cjs from lib/ with `nest build`, each marked with the module system it is written in, and the
 * command line in dist/cli.
 */
import { spawnSync } from 'node:child_process';
import { rmSync, writeFileSync } from 'node:fs';
import { buildCli } from './build-cli.js';

const TYPES = { esm: 'module', cjs: 'commonjs' };

rmSync('dist', { recursive: true, force: true });
const { status } = spawnSync('nest', ['build', '--all'], { stdio: 'inherit' });
if (status !== 0) {
  process.exit(status ?? 1);
}
for (const [folder, type] of Object.entries(TYPES)) {
  writeFileSync(`dist/${folder}/package.json`, `${JSON.stringify({ type })}\n`);
}
await buildCli();
