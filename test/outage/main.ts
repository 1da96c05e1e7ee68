/**
 * `npm run test:outage`: a minute without HireFire at 2,000 requests a second, after half a minute with it. Every request
 * queue time must be kept, and sent once when HireFire is back; the memory that takes is stated. Ends with 1 when one is
 * lost or doubled. `npm run test:outage -- 10` takes ten seconds instead.
 */
import { spawnSync } from 'node:child_process';
import { setTimeout as wait } from 'node:timers/promises';
import { MAX_QUEUE_TIMES, QueueTimeBuffer } from '../../lib/web/queue-time-buffer.js';
import { DispatchServer, queueTimesOf, type Post } from '../support/dispatch-server.js';
import { WebProcess } from '../support/web-process.js';

const PER_SECOND = 2_000;
const OUTAGE = Number(process.argv[2] ?? 60);
const WITH_HIREFIRE = OUTAGE / 2;
const TTL = 60;
/** Seconds whose requests claim the same queue time, which identifies them even if the app is slow by as much. */
const PHASE = 10;

const { gc } = globalThis;
if (gc === undefined) {
  throw new Error('Run this with "npm run test:outage": it needs node --expose-gc.');
}

const megabytes = (bytes: number): string => `${(bytes / 1e6).toFixed(1)} MB`;
const thousands = (count: number): string => count.toLocaleString('en');

/** The heap that a full buffer takes by itself. */
function heapOfFullBuffer(): number {
  gc?.();
  const before = process.memoryUsage().heapUsed;
  const buffer = new QueueTimeBuffer(TTL, () => undefined);
  const perSecond = MAX_QUEUE_TIMES / TTL;
  for (let queueTime = 0; queueTime < MAX_QUEUE_TIMES; queueTime++) {
    buffer.add(queueTime % 60_000, Math.floor(queueTime / perSecond) * 1000);
  }
  gc?.();
  const heap = process.memoryUsage().heapUsed - before;
  if (buffer.take().size !== MAX_QUEUE_TIMES) {
    throw new Error('the buffer was not full');
  }
  return heap;
}

/** Sends requests at an even pace; how many of each phase were answered. */
async function load(web: WebProcess, seconds: number): Promise<Map<number, number>> {
  const answered = new Map<number, number>();
  const requests: Promise<void>[] = [];
  const start = performance.now();
  while (requests.length < seconds * PER_SECOND) {
    const elapsed = Math.min((performance.now() - start) / 1000, seconds);
    const phase = Math.min(Math.floor(elapsed / PHASE), Math.ceil(seconds / PHASE) - 1);
    while (requests.length < elapsed * PER_SECOND) {
      requests.push(
        web.get('/', phase * PHASE * 1000).then(() => void answered.set(phase, (answered.get(phase) ?? 0) + 1)),
      );
    }
    await wait(5);
  }
  await Promise.all(requests);
  return answered;
}

/** How many queue times of each phase these POSTs carried. */
function phasesOf(posts: readonly Post[]): Map<number, number> {
  const phases = new Map<number, number>();
  for (const queueTime of queueTimesOf(posts)) {
    const phase = Math.floor(queueTime / PHASE / 1000);
    phases.set(phase, (phases.get(phase) ?? 0) + 1);
  }
  return phases;
}

function sum(counts: Iterable<number>): number {
  return [...counts].reduce((total, count) => total + count, 0);
}

/** The most memory of a process that is seen, looking once a second, until the promise settles. */
async function residentPeak(pid: number, promise: Promise<unknown>): Promise<number> {
  let peak = 0;
  const watch = setInterval(() => {
    const { stdout } = spawnSync('ps', ['-o', 'rss=', '-p', `${pid}`], { encoding: 'utf8' });
    peak = Math.max(peak, Number(stdout) * 1024);
  }, 1_000);
  await promise.finally(() => clearInterval(watch));
  return peak;
}

/** Bytes that are in use when the garbage is gone. */
async function heapOf(web: WebProcess): Promise<number> {
  const { heapUsed } = JSON.parse(await web.get('/memory')) as NodeJS.MemoryUsage;
  return heapUsed;
}

const full = heapOfFullBuffer();
const server = await DispatchServer.start();
const web = await WebProcess.start({ HIREFIRE_TOKEN: 'token', HIREFIRE_DISPATCH_URL: server.url }, ['--expose-gc']);
try {
  const ordinary = load(web, WITH_HIREFIRE);
  const residentWith = await residentPeak(web.pid, ordinary);
  const countWith = sum((await ordinary).values());
  await server.until(() => queueTimesOf(server.taken).length === countWith);
  const heapBefore = await heapOf(web);

  const postsBefore = server.taken.length;
  await server.close();
  const began = performance.now();
  const during = load(web, OUTAGE);
  const residentWithout = await residentPeak(web.pid, during);
  const answered = await during;
  const heapAfter = await heapOf(web);
  await server.open();
  const outage = (performance.now() - began) / 1000;

  await server.until(() => server.taken.length > postsBefore);
  const age = (performance.now() - began) / 1000;
  const residentBack = await residentPeak(web.pid, wait(5_000));
  const delivered = phasesOf(server.taken.slice(postsBefore));

  const missing = [...answered].map(([phase, sent]) => sent - (delivered.get(phase) ?? 0));
  const doubled = sum(missing.filter((count) => count < 0).map(Math.abs));
  const absent = sum(missing.filter((count) => count > 0));
  // Of each phase, what had come so long before the first POST that arrived.
  const tooOld = missing.reduce((total, count, phase) => {
    const seconds = Math.min(Math.max(age - TTL - phase * PHASE, 0), PHASE);
    return total + Math.min(Math.max(count, 0), Math.round(seconds * PER_SECOND));
  }, 0);
  const lost = absent - tooOld;

  const count = sum(answered.values());
  console.log(`${thousands(count)} requests in ${outage.toFixed(1)} s without HireFire, ${thousands(Math.round(count / outage))} a second
delivered: ${thousands(sum(delivered.values()))}; lost: ${thousands(lost)}; doubled: ${thousands(doubled)}; dropped because older than ${TTL} s: ${thousands(tooOld)}
heap without garbage: ${megabytes(heapBefore)} before, ${megabytes(heapAfter)} at the end: ${megabytes(heapAfter - heapBefore)} more
resident set, at most: ${megabytes(residentWith)} with HireFire, ${megabytes(residentWithout)} without, ${megabytes(residentBack)} when it was back
a full buffer, ${thousands(MAX_QUEUE_TIMES)} request queue times: ${megabytes(full)} of heap`);
  process.exitCode = lost + doubled > 0 ? 1 : 0;
} finally {
  web.kill('SIGKILL');
  await web.ended;
  await server.close();
}
