/**
 * Outlives the demo only if the demo is killed without a chance to clean up: when its standard input closes, it kills
 * every process group that it was told of and removes the run's folder, which is its argument.
 *
 * It is told by lines: `+<process group>` and `-<process group>`.
 */
import { rm } from 'node:fs/promises';
import { createInterface } from 'node:readline';

const groups = new Set<number>();

for await (const line of createInterface({ input: process.stdin })) {
  const group = Number(line.slice(1));
  if (line.startsWith('+')) {
    groups.add(group);
  } else {
    groups.delete(group);
  }
}
for (const group of groups) {
  try {
    process.kill(-group, 'SIGKILL');
  } catch {
    // It has ended by itself.
  }
}
const [folder] = process.argv.slice(2);
if (folder !== undefined) {
  await rm(folder, { recursive: true, force: true });
}
