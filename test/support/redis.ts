/** The Redis that `npm test` runs against: the one given, or the one that was started for the run. */
export function redisUrl(): string {
  const url = process.env.REDIS_URL;
  if (url === undefined) {
    throw new Error('REDIS_URL is not set: run the tests with "npm test" or "npm run jest"');
  }
  return url;
}
