/** A worker of pg-boss in its own process: `<major> <url> <queue>`. */
import { heldJob, stopOnSigterm } from '../postgres/held-jobs.js';
import { MAJORS, newBoss } from './boss.js';

const [major, url = '', queue = ''] = process.argv.slice(-3);
const boss = newBoss(MAJORS.find((known) => `${known}` === major) ?? 12, { connectionString: url });
await boss.start();
stopOnSigterm(() => boss.stop({ graceful: true, timeout: 30_000 }));
await boss.work(queue, { pollingIntervalSeconds: 0.5, batchSize: 1 }, heldJob);
