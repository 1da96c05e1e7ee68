/** Of a worker in a process of its own: its jobs tell the test that they have started, and wait until it lets so many go. */

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
