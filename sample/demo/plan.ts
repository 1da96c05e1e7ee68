/** The end of the demo: what `nestjs-hirefire plan` finds in the history of the queues. */
import { spawn, type ChildProcess } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { freePort } from '../../tools/redis-server.js';
import type { Commands, CommandSettings } from './commands.js';

/**
 * Plans for the sample's web process, which serves the trace.
 *
 * @param plan - the command
 * @returns its exit code
 */
export async function planFor(plan: readonly string[], commands: Commands, settings: CommandSettings): Promise<number> {
  const { cwd, env } = settings;
  const url = `http://127.0.0.1:${await freePort()}`;
  const token = randomUUID();
  const ownEnv = { ...env, PORT: new URL(url).port, HIREFIRE_TOKEN: token };
  const web = spawn(process.execPath, ['dist/web.js'], { cwd, env: ownEnv, stdio: 'ignore' });
  try {
    await untilAnswering(url, web);
    return await commands.run(process.execPath, [...plan, url, '--token', token], settings);
  } finally {
    const exit = once(web, 'exit');
    if (web.kill()) {
      await exit;
    }
  }
}

async function untilAnswering(url: string, web: ChildProcess): Promise<void> {
  while (web.exitCode === null && web.signalCode === null) {
    try {
      await fetch(url);
      return;
    } catch {
      await sleep(50);
    }
  }
}
