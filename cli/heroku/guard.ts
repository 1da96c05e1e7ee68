/**
 * A separate process that ends every process of the run, with their children, when its standard input closes. It outlives
 * the command only if the command is killed.
 *
 * The first line of the input is the environment entry that all processes have. `+<group>` and `-<group>` add and remove
 * process groups, for processes that clear their environment.
 */
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { MarkedProcesses } from './marked-processes.js';

/** Between SIGTERM and SIGKILL. */
const GRACE_MS = 4_000;
/** The interval for finding new processes of the dynos. */
const LOOK_MS = 2_000;
/** Gives up on a process that forks faster than it can be killed. */
const GIVE_UP_MS = 60_000;

for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
  process.on(signal, () => undefined);
}

const groups = new Set<number>();
const env: string[] = [];
const all = new MarkedProcesses(groups, env);

// A process that clears its environment and leaves its group is found only while its parent runs.
const looks = setInterval(() => all.find(), LOOK_MS);

for await (const line of createInterface({ input: process.stdin })) {
  const group = Number(line.slice(1));
  if (line.startsWith('+')) {
    groups.add(group);
  } else if (line.startsWith('-')) {
    groups.delete(group);
  } else {
    env.push(line);
  }
}

clearInterval(looks);
const end = Date.now();
all.signal('SIGTERM');
for (;;) {
  const ms = Date.now() - end;
  if (all.find().length === 0 || ms > GIVE_UP_MS) {
    break;
  }
  if (ms > GRACE_MS) {
    all.signal('SIGKILL');
  }
  await sleep(ms > GRACE_MS ? 20 : 200);
}
