/** Runs scripts of package.json side by side, and fails when one of them does: `side-by-side lint jest`. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';

const codes = await Promise.all(
  process.argv.slice(2).map(async (script) => {
    const [code] = (await once(spawn('npm', ['run', script], { stdio: 'inherit' }), 'exit')) as unknown[];
    if (code !== 0) {
      process.stderr.write(`npm run ${script} failed\n`);
    }
    return code;
  }),
);
process.exitCode = codes.every((code) => code === 0) ? 0 : 1;
