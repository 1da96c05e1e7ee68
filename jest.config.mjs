/**
 * All of test/ on the newest Nest and BullMQ, what depends on Nest's insides on the older ones too, and what is about BullMQ
 * on its older major.
 */

import { availableParallelism } from 'node:os';
import { env } from 'node:process';

const common = {
  testEnvironment: '<rootDir>/test/environment.mjs',
  extensionsToTreatAsEsm: ['.ts'],
  moduleNameMapper: { '^(\\.{1,2}/.*)\\.js$': '$1' },
  modulePathIgnorePatterns: ['<rootDir>/node_modules/nestjs-hirefire', '<rootDir>/dist'],
  transform: {
    '^.+\\.ts$': [
      '@swc/jest',
      {
        jsc: {
          target: 'es2022',
          parser: { syntax: 'typescript', decorators: true },
          transform: { legacyDecorator: true, decoratorMetadata: true },
          keepClassNames: true,
        },
        module: { type: 'es6' },
      },
    ],
  },
};

const olderNest = (major) => ({
  ...common,
  displayName: `nest ${major}`,
  testMatch: ['<rootDir>/test/{cli,http,info,procs,web}/**/*.nest.spec.ts'],
  moduleNameMapper: {
    ...common.moduleNameMapper,
    '^@nestjs/(.*)$': `<rootDir>/test/nest-${major}/node_modules/@nestjs/$1`,
    '^(express|fastify|@fastify/helmet|@fastify/compress)$': `<rootDir>/test/nest-${major}/node_modules/$1`,
  },
});

export default {
  // Much longer than any test takes, because a busy machine may be ten times as slow: only a test that hangs gets there. Hooks that
  // empty a queue take longer after thousands of sequences.
  testTimeout: 180_000 + 60 * Number(env.PROPERTY_SEQUENCES ?? 0),
  // More than there are cores, because most specs wait for a server or a process.
  maxWorkers: 2 * availableParallelism(),
  testSequencer: '<rootDir>/test/longest-first.mjs',
  projects: [
    {
      ...common,
      displayName: 'nest 12',
      globals: { BULLMQ_MAJOR: 6 },
      testMatch: ['<rootDir>/test/**/*.spec.ts'],
      testPathIgnorePatterns: ['<rootDir>/test/(package|scaffolds)/'],
    },
    olderNest(11),
    olderNest(10),
    {
      ...common,
      displayName: 'bullmq 5',
      globals: { BULLMQ_MAJOR: 5 },
      testMatch: ['<rootDir>/test/bullmq/**/*.spec.ts', '<rootDir>/test/worker/bullmq*.spec.ts'],
      // It writes the events itself, so the library adds nothing to it.
      testPathIgnorePatterns: ['<rootDir>/test/bullmq/trace-cut'],
      moduleNameMapper: { ...common.moduleNameMapper, '^bullmq$': 'bullmq-5' },
    },
  ],
};
