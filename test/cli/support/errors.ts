/** The message of what a function throws, which must be of that class. */
export function errorOf(throwing: () => unknown, type: new (message: string) => Error): string {
  try {
    throwing();
  } catch (error) {
    if (error instanceof type) {
      return error.message;
    }
    throw error;
  }
  throw new Error('nothing was thrown');
}

/** The same of one that rejects. */
export async function rejectionOf(promise: Promise<unknown>, type: new (message: string) => Error): Promise<string> {
  const outcome = await promise.then(
    () => () => undefined,
    (error: unknown) => () => {
      throw error;
    },
  );
  return errorOf(outcome, type);
}
