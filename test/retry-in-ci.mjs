/** On a machine of CI, which others may use, a test that failed is tried once more, and its first failure is printed. */
import process from 'node:process';
import { jest } from '@jest/globals';

if (process.env.CI) {
  jest.retryTimes(1, { logErrorsBeforeRetry: true });
}
