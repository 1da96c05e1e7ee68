declare module 'bull/lib/scripts.js' {
  import type { Queue } from 'bull';

  const scripts: {
    updateDelaySet(queue: Queue, now: number): Promise<unknown>;
    moveUnlockedJobsToWait(queue: Queue): Promise<unknown>;
  };
  export default scripts;
}
