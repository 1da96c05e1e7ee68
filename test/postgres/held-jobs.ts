/** For a worker in its own process: its jobs report to the test that they have started, and wait until it releases so many. */

const held: (() => void)[] = [];
// The test may release a job that the worker has not got yet.
let released = 0;

process.on('message', (count) => {
  released += Number(count);
  while (released > 0 && held.length > 0) {
    released -= 1;
    held.shift()?.();
  }
});

export async function heldJob(): Promise<void> {
  process.send?.('started');
  if (released > 0) {
    released -= 1;
    return;
  }
  await new Promise<void>((resolve) => held.push(resolve));
}

/** Stops as a dyno does: takes nothing more, and ends with its last job. */
export function stopOnSigterm(stop: () => Promise<unknown>): void {
  process.once('SIGTERM', () => {
    process.send?.('closing');
    void stop().then(() => process.disconnect());
  });
}
