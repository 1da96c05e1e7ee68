import { Redis } from 'ioredis';

/** Start a server of {@link until} with these arguments, to make it publish every change of a key. */
export const TELLS_OF_KEYS = ['--notify-keyspace-events', 'EA'] as const;

/** Resolves once `check` does to true: looked at first, and again after each change of any key. */
export async function until(port: number, check: () => Promise<boolean>): Promise<void> {
  const listener = new Redis(port);
  try {
    let hasChanged = true;
    let wake = (): void => undefined;
    listener.on('pmessage', () => {
      hasChanged = true;
      wake();
    });
    await listener.psubscribe('__keyevent@0__:*');
    for (;;) {
      if (hasChanged) {
        hasChanged = false;
        if (await check()) {
          return;
        }
      } else {
        await new Promise<void>((resolve) => (wake = resolve));
      }
    }
  } finally {
    listener.disconnect();
  }
}
