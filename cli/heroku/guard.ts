/**
 * A process of its own that outlives the command only if the command is killed without a chance to clean up: when its
 * standard input closes, it ends every process of the run, whatever they have forked.
 *
 * The first line says which entry of the environment all of them have, `+<group>` and `-<group>` which process groups
 * there are, for those that clear their environment.
 */
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { MarkedProcesses } from './process-table.js';

/** Time to end well, for jobs that are nearly done. */
const GRACE_MS = 4_000;
/** How often it looks what the dynos have started. */
const LOOK_MS = 2_000;
/** When a process that forks faster than it can be killed is given up. */
const GIVE_UP_MS = 60_000;

for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
  process.on(signal, () => undefined);
}

const groups = new Set<number>();
const env: string[] = [];
const all = new MarkedProcesses(groups, env);

// While their parents live, those are found too that hide from everything else.
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
