/** A worker that does what its arguments say: `ignore` SIGTERM, `fork` a child that does so and hides, `crash`. */
import { spawn } from 'node:child_process';
import process from 'node:process';
import { setInterval } from 'node:timers';

const [, , how] = process.argv;
if (how === 'crash') {
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
process.stdout.write('works\n');
setInterval(() => undefined, 1000);
