/** Runs a command with REDIS_URL set: to the one given, else to a Redis started for the run and stopped after it. */
import { RedisServer } from './redis-server.js';
import { runCommand } from './run-command.js';

const server = process.env.REDIS_URL ? undefined : await RedisServer.start();
try {
  await runCommand(process.argv.slice(2), server ? { REDIS_URL: server.url } : {});
} finally {
  await server?.stop();
}
