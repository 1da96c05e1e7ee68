/** A queue's event stream, as the script reads it. Times are in epoch ms. */
export interface ReadEvents {
  readonly now: number;
  readonly first: number | undefined;
  readonly isCut: boolean;
  readonly isPaused: boolean;
  /** Jobs in the lists that workers take from. */
  readonly waiting: number;
  /** Delayed jobs that were due before the first event. */
  readonly dueBefore: number;
  /** The newest first: each "<letter><job> <ms to the next one>", and " <due time>" for a delay. */
  readonly events: string;
}

export interface Event {
  readonly letter: string;
  readonly job: number;
  readonly at: number;
  readonly due: number;
}

/** The oldest first. */
export function eventsOf({ now, events }: ReadEvents): readonly Event[] {
  let at = now;
  // Each ends with a comma.
  const newestFirst = events
    .split(',')
    .slice(0, -1)
    .map((text) => {
      const [job = '', before, due] = text.split(' ');
      at -= Number(before);
      return { letter: job.slice(0, 1), job: Number(job.slice(1)), at, due: Number(due) || 0 };
    });
  return newestFirst.reverse();
}

/** True if the queue was paused at the first event. */
export function wasPaused({ isCut, isPaused }: ReadEvents, events: readonly Event[]): boolean {
  const decisive = events.find(({ letter }) => letter === 'p' || letter === 'r' || letter === 'a')?.letter;
  return isCut && (decisive === 'r' || (decisive === undefined && isPaused));
}
