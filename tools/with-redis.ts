/** Runs a command with REDIS_URL set: to the one given, else to a Redis started for the run and stopped after it. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { RedisServer } from './redis-server.js';

const [command, ...args] = process.argv.slice(2);
if (command === undefined) {
  throw new Error('Usage: with-redis <command> [arguments]');
}

// The command gets Ctrl-C too; this process outlives it, to stop the server.
process.on('SIGINT', () => undefined);

const server = process.env.REDIS_URL ? undefined : await RedisServer.start();
try {
  const child = spawn(command, args, {
    stdio: 'inherit',
    env: { ...process.env, REDIS_URL: server?.url ?? process.env.REDIS_URL },
  });
  process.on('SIGTERM', () => child.kill('SIGTERM'));
  const [code] = (await once(child, 'exit')) as unknown[];
  process.exitCode = typeof code === 'number' ? code : 1;
} finally {
  await server?.stop();
}
