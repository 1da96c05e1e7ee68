/** Tests the package that npm would publish, used as users use it: `npm run test:package`. */
import root from '../../jest.config.mjs';

const [{ testEnvironment, transform, extensionsToTreatAsEsm, moduleNameMapper }] = root.projects;

export default {
  displayName: 'package',
  testEnvironment: testEnvironment.replace('<rootDir>', '<rootDir>/../..'),
  testMatch: ['<rootDir>/*.spec.ts'],
  extensionsToTreatAsEsm,
  moduleNameMapper,
  transform,
  // An install of a consumer is slow on a slow network.
  testTimeout: 180_000,
  verbose: true,
  // Most of the work is done by the processes that the tests start, so one worker less than there are cores is too few.
  maxWorkers: '100%',
};
