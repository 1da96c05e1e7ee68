/** A worker of pg-boss in a process of its own: `<major> <url> <queue>`. */
import { MAJORS, newBoss } from './boss.js';

const [major, url = '', queue = ''] = process.argv.slice(-3);
const boss = newBoss(MAJORS.find((known) => `${known}` === major) ?? 12, { connectionString: url });
await boss.start();

const held: (() => void)[] = [];
// One that it has not got yet may be let go already.
let released = 0;
process.on('message', (count) => {
  released += Number(count);
  while (released > 0 && held.length > 0) {
    released -= 1;
    held.shift()?.();
  }
});
process.once('SIGTERM', () => {
  process.send?.('closing');
  void boss.stop({ graceful: true, timeout: 30_000 }).then(() => process.disconnect());
});

await boss.work(queue, { pollingIntervalSeconds: 0.5, batchSize: 1 }, async () => {
  process.send?.('started');
  if (released > 0) {
    released -= 1;
    return;
  }
  await new Promise<void>((resolve) => held.push(resolve));
});
