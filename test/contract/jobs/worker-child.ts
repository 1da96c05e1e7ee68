/** The side of {@link WorkerProcess} in the process itself: a real worker of a library, whose jobs wait to be released. */

/** Handed to the process when it starts. */
export interface WorkerTask {
  readonly queue: string;
  readonly concurrency: number;
}

/** The process reports these. */
export type WorkerEvent =
  /** A job is being worked on; since when, in epoch ms. */
  | { readonly type: 'started'; readonly id: string; readonly since: number }
  /** It is done, and Redis knows it. */
  | { readonly type: 'completed' }
  /** A job of a worker that died was given back. */
  | { readonly type: 'stalled' }
  /** It takes no more jobs. */
  | { readonly type: 'closing' };

/** A backend's worker runs this for each job; it resolves once the test has released that many. */
export type Processor = (id: string, since: number | undefined) => Promise<void>;

export interface LibraryWorker {
  on(event: 'completed' | 'stalled', listener: () => void): unknown;
  /** Waits for the jobs that it has. */
  close(): Promise<unknown>;
}

/** How often a worker of the tests looks for jobs of workers that died, in ms. */
export const STALLED_INTERVAL = 100;

/** Works on the queue that the arguments name until SIGTERM. */
export function work(start: (task: WorkerTask, processor: Processor) => LibraryWorker): void {
  const [queue = '', concurrency = '1'] = process.argv.slice(-2);
  const held: (() => void)[] = [];
  let released = 0;

  function letGo(): void {
    while (released > 0) {
      const go = held.shift();
      if (!go) {
        return;
      }
      released -= 1;
      go();
    }
  }

  const worker = start({ queue, concurrency: Number(concurrency) }, (id, since = NaN) => {
    tell({ type: 'started', id, since });
    return new Promise<void>((resolve) => {
      held.push(resolve);
      letGo();
    });
  });
  worker.on('completed', () => tell({ type: 'completed' }));
  worker.on('stalled', () => tell({ type: 'stalled' }));

  process.on('message', (count) => {
    released += Number(count);
    letGo();
  });
  process.once('SIGTERM', () => {
    const closed = worker.close();
    tell({ type: 'closing' });
    void closed.then(() => process.disconnect());
  });
  // Ends with the test, or with the last of its jobs.
  process.once('disconnect', () => process.exit());
}

function tell(event: WorkerEvent): void {
  process.send?.(event);
}
