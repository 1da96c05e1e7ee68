/** The major version of BullMQ that this run of the tests is for: see jest.config.mjs. */
export const BULLMQ_MAJOR = majorOf(Reflect.get(globalThis, 'BULLMQ_MAJOR'));

function majorOf(major: unknown): 5 | 6 {
  if (major !== 5 && major !== 6) {
    throw new Error('jest.config.mjs does not say which BullMQ these tests are for');
  }
  return major;
}
