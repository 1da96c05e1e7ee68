/**
 * A worker that does what its arguments say: `ignore` SIGTERM, `fork` a child that does so and hides, `crash`, or
 * `finish` its job on SIGTERM: it has one for as long as there is a file with the name of its dyno.
 */
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import process from 'node:process';
import { setInterval } from 'node:timers';

const [, , how] = process.argv;
if (how === 'crash') {
  process.stderr.write('\u001b[31mError: no REDIS_URL\u001b[0m\n    at boot');
  process.exit(3);
}
if (how === 'fork') {
  // One that leaves the group, and one that clears its environment too.
  for (const env of [process.env, { LEFT_BY: process.env.COMMAND_RUN }]) {
    const child = spawn(process.execPath, [process.argv[1], 'ignore'], { detached: true, stdio: 'ignore', env });
    child.unref();
    process.stdout.write(`forked ${child.pid}\n`);
  }
}
if (how === 'ignore' || how === 'fork') {
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) {
    process.on(signal, () => process.stdout.write(`ignores ${signal}\n`));
  }
}
if (how === 'finish') {
  process.on('SIGTERM', () => setInterval(() => existsSync(process.env.DYNO) || process.exit(), 10));
}
process.stdout.write('works\n');
setInterval(() => undefined, 1000);
