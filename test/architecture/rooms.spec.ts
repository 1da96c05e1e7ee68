/** The arrows between the rooms of lib/ and of cli/: the lint rules catch every import against one. */
import { readdirSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { ESLint, Linter } from 'eslint';
import tseslint from 'typescript-eslint';

const RULES = ['no-restricted-imports', 'no-restricted-syntax'];
const eslint = new ESLint();

/** The messages of the rules for one line in a file. */
async function complaints(file: string, line: string): Promise<string[]> {
  const config: unknown = await eslint.calculateConfigForFile(file);
  if (!hasRules(config)) {
    throw new Error(`ESLint has no rules for ${file}`);
  }
  // These rules alone, because the typed ones need a file that exists.
  return new Linter()
    .verify(
      line,
      [
        {
          files: ['**/*.ts'],
          languageOptions: { parser: tseslint.parser },
          rules: Object.fromEntries(RULES.map((rule) => [rule, config.rules[rule] ?? 'off'])),
        },
      ],
      file,
    )
    .map(({ message }) => message);
}

function hasRules(config: unknown): config is { readonly rules: Linter.RulesRecord } {
  return typeof config === 'object' && config !== null && 'rules' in config;
}

describe('refused', () => {
  it.each([
    ['lib/procs/x.ts', `import { HireFireController } from '../info/hirefire.controller.js';`],
    ['lib/procs/x.ts', `import type { HireFireController } from '../info/hirefire.controller.js';`],
    ['lib/procs/x.ts', `export { HireFireController } from '../info/hirefire.controller.js';`],
    ['lib/procs/x.ts', `export * from '../info/hirefire.controller.js';`],
    ['lib/procs/x.ts', `import '../web/dispatcher.js';`],
    ['lib/procs/x.ts', `import { RedisScript } from '../redis/redis-script.js';`],
    ['lib/procs/x.ts', `import { BullProc } from '../bull/index.js';`],
    ['lib/procs/x.ts', `import { BullProc } from '../bull/bull.proc.js';`],
    ['lib/procs/x.ts', `import { PgBossProc } from '../pg-boss/index.js';`],
    ['lib/procs/x.ts', `import { HireFireModule } from '../hirefire.module.js';`],
    ['lib/procs/x.ts', `import { HireFireModule } from '../index.js';`],
    ['lib/procs/x.ts', `const { BullProc } = await import('../bull/index.js');`],
    ['lib/bull/x.ts', `const { default: Queue } = await import('bull');`],
    ['lib/procs/x.ts', `@Injectable() class X { #open = 1; }`],
    ['lib/bull/x.ts', `export abstract class X<Q> extends QueueProc<Q> { #open = 1; }`],
    ['lib/procs/deep/x.ts', `import { BullProc } from '../../bull/index.js';`],
    ['lib/procs/deep/x.ts', `import { HireFireModule } from '../../index.js';`],

    ['lib/info/x.ts', `import { Buffer } from '../web/buffer.js';`],
    ['lib/info/x.ts', `import { RedisScript } from '../redis/redis-script.js';`],
    ['lib/info/x.ts', `import { BullProc } from '../bull/index.js';`],
    ['lib/info/x.ts', `import { BullMQProc } from '../bullmq/index.js';`],
    ['lib/info/x.ts', `import { HireFireModule } from '../hirefire.module.js';`],
    ['lib/info/x.ts', `import { HireFireModule } from '../index.js';`],

    ['lib/web/x.ts', `import { HireFireService } from '../procs/hirefire.service.js';`],
    ['lib/web/x.ts', `import { isToken } from '../info/token.js';`],
    ['lib/web/x.ts', `import { BullProc } from '../bull/index.js';`],
    ['lib/web/x.ts', `import { HireFireModule } from '../hirefire.module.js';`],

    ['lib/redis/x.ts', `import { isToken } from '../info/token.js';`],
    ['lib/redis/x.ts', `import { BullProc } from '../bull/index.js';`],
    ['lib/redis/x.ts', `import { Redis } from 'ioredis';`],
    ['lib/redis/x.ts', `import { HireFireModule } from '../index.js';`],

    ['lib/bull/x.ts', `import { isToken } from '../info/token.js';`],
    ['lib/bull/x.ts', `import { Buffer } from '../web/buffer.js';`],
    ['lib/bull/x.ts', `import { BullMQProc } from '../bullmq/index.js';`],
    ['lib/bull/x.ts', `import { HireFireModule } from '../hirefire.module.js';`],
    ['lib/bull/x.ts', `import { QueueProc } from '../index.js';`],
    ['lib/bull/x.ts', `import Queue from 'bull';`],
    ['lib/bull/x.ts', `import { InjectQueue } from '@nestjs/bull';`],
    ['lib/bull/x.ts', `import { Redis } from 'ioredis';`],
    ['lib/bull/x.ts', `export { default } from 'bull';`],
    ['lib/bullmq/x.ts', `import { Queue } from 'bullmq';`],
    ['lib/bullmq/x.ts', `import { BullProc } from '../bull/index.js';`],
    ['lib/bullmq/x.ts', `import { isToken } from '../info/token.js';`],
    ['lib/pg-boss/x.ts', `import PgBoss from 'pg-boss';`],
    ['lib/rabbitmq/x.ts', `import { connect } from 'amqplib';`],
    ['lib/sqs/x.ts', `import { register } from 'prom-client';`],
    ['lib/prometheus/x.ts', `import { SqsProc } from '../sqs/index.js';`],
    ['lib/worker/x.ts', `import { HireFireService } from '../procs/hirefire.service.js';`],
    ['lib/worker/x.ts', `import { BullMQProc } from '../bullmq/index.js';`],
    ['lib/worker/x.ts', `import { Worker } from 'bullmq';`],
    ['lib/worker/x.ts', `import { HireFireModule } from '../index.js';`],
    ['lib/index.ts', `export { drainOnShutdown } from './worker/index.js';`],
    ['lib/procs/x.ts', `import { drainOnShutdown } from '../worker/index.js';`],

    ['cli/main.ts', `import { Poller } from './hirefire/poll.js';`],
    ['cli/main.ts', `import { HireFireConfigError } from '../lib/hirefire.errors.js';`],
    ['cli/io/x.ts', `import { isToken } from '../../lib/info/token.js';`],
    ['cli/io/x.ts', `import { HireFireModule } from '../../lib/index.js';`],
    ['cli/io/x.ts', `import { NestFactory } from '@nestjs/core';`],
    ['cli/io/x.ts', `import { Poller } from '../hirefire/poll.js';`],
    ['cli/heroku/x.ts', `import { Queue } from 'bullmq';`],
    ['cli/heroku/x.ts', `import { Poller } from '../hirefire/poll.js';`],
    ['cli/hirefire/x.ts', `import { Formation } from '../heroku/formation.js';`],
    ['cli/hirefire/managers/x.ts', `import { Formation } from '../../heroku/formation.js';`],
    ['cli/hirefire/managers/x.ts', `import { RunState } from '../../run/run-state.js';`],
    ['cli/plan/x.ts', `import { RunState } from '../run/run-state.js';`],
    ['cli/run/x.ts', `import { servePage } from '../page/serve-page.js';`],
    ['cli/page/client/x.ts', `import { Formation } from '../../heroku/formation.js';`],
    ['cli/page/client/x.ts', `import { Proc } from '../../../lib/procs/proc.js';`],
    ['cli/commands/check/x.ts', `import { isToken } from '../../../lib/info/token.js';`],
    ['cli/commands/check/x.ts', `import { resolveOptions } from '../../../lib/hirefire.options.js';`],
    ['cli/commands/check/x.ts', `import { Watch } from '../watch/watch.js';`],
    ['lib/info/x.ts', `import { parseProcfile } from '../../cli/io/procfile.js';`],
    ['lib/bull/x.ts', `import { parseProcfile } from '../../cli/io/procfile.js';`],
    ['lib/hirefire.options.ts', `import { parseProcfile } from '../cli/io/procfile.js';`],

    ['lib/index.ts', `export { BullProc } from './bull/index.js';`],
    ['lib/index.ts', `export { parseProcfile } from '../cli/io/procfile.js';`],
    ['lib/hirefire.module.ts', `import { parseProcfile } from '../cli/io/procfile.js';`],
    ['lib/index.ts', `export { RedisScript } from './redis/redis-script.js';`],
    ['lib/hirefire.module.ts', `import { BullProc } from './bull/index.js';`],
    ['lib/hirefire.module.ts', `import { PgBossProc } from './pg-boss/pg-boss.proc.js';`],
    ['lib/hirefire.module.ts', `import Queue from 'bull';`],
    ['lib/hirefire.module.ts', `import { HireFireModule } from './index.js';`],
    ['lib/hirefire.options.ts', `import { HireFireService } from './procs/hirefire.service.js';`],
    ['lib/hirefire.protocol.ts', `import { isToken } from './info/token.js';`],
    ['lib/hirefire.errors.ts', `import { HireFireModule } from './hirefire.module.js';`],
  ])('%s: %s', async (file, line) => {
    expect(await complaints(file, line)).toHaveLength(1);
  });
});

describe('allowed', () => {
  it.each([
    ['lib/procs/x.ts', `import { Proc } from './proc.js';`],
    ['lib/procs/x.ts', `class X { #open = 1; }`],
    ['lib/procs/x.ts', `import { resolveOptions } from '../hirefire.options.js';`],
    ['lib/procs/x.ts', `import { PROC_NAME_PATTERN } from '../hirefire.protocol.js';`],
    ['lib/procs/x.ts', `import { HireFireConfigError } from '../hirefire.errors.js';`],
    ['lib/procs/x.ts', `import { Injectable } from '@nestjs/common';`],
    ['lib/procs/x.ts', `import { DiscoveryService } from '@nestjs/core';`],
    ['lib/procs/x.ts', `import 'reflect-metadata';`],
    ['lib/procs/x.ts', `import { inspect } from 'node:util';`],
    ['lib/procs/deep/x.ts', `import { HireFireConfigError } from '../../hirefire.errors.js';`],
    ['lib/procs/deep/x.ts', `import { Proc } from '../proc.js';`],
    ['lib/procs/deep/x.ts', `import { Proc } from '../../procs/proc.js';`],
    ['lib/info/x.ts', `import { HireFireService } from '../procs/hirefire.service.js';`],
    ['lib/web/x.ts', `import { TOKEN_HEADER } from '../hirefire.protocol.js';`],
    ['lib/redis/x.ts', `import { QueueProc } from '../procs/queue-proc.js';`],
    ['lib/bull/x.ts', `import { QueueProc } from '../procs/queue-proc.js';`],
    ['lib/bull/x.ts', `import { RedisScript } from '../redis/redis-script.js';`],
    ['lib/bull/x.ts', `import type { Queue } from 'bull';`],
    ['lib/bullmq/x.ts', `import type { Queue } from 'bullmq';`],
    ['lib/pg-boss/x.ts', `import type PgBoss from 'pg-boss';`],
    ['lib/sqs/x.ts', `import { GetQueueAttributesCommand } from '@aws-sdk/client-sqs';`],
    ['lib/prometheus/x.ts', `import { register } from 'prom-client';`],
    ['lib/prometheus/x.ts', `import { HireFireService } from '../procs/hirefire.service.js';`],
    ['lib/worker/x.ts', `import { RedisConnection } from '../redis/redis-connection.js';`],
    ['cli/main.ts', `import { checkCommand } from './commands/check/check-command.js';`],
    ['cli/main.ts', `import { PACKAGE_VERSION } from '../lib/hirefire.protocol.js';`],
    ['cli/io/x.ts', `import { UsageError } from './errors.js';`],
    ['cli/hirefire/x.ts', `import { PROC_NAME_PATTERN } from '../../lib/hirefire.protocol.js';`],
    ['cli/hirefire/x.ts', `import { decide } from './managers/decide.js';`],
    ['cli/hirefire/managers/x.ts', `import * as z from 'zod/mini';`],
    ['cli/hirefire/managers/x.ts', `import { UsageError } from '../../io/usage-error.js';`],
    ['cli/plan/x.ts', `import { decide } from '../hirefire/managers/decide.js';`],
    ['cli/run/x.ts', `import { Formation } from '../heroku/formation.js';`],
    ['cli/page/client/x.ts', `import { RunState } from '../../run/run-state.js';`],
    ['cli/page/client/x.ts', `import { messages } from '../messages.js';`],
    ['cli/commands/check/x.ts', `import { Command } from 'commander';`],
    ['cli/commands/check/x.ts', `import { tokenOption } from '../options.js';`],
    ['cli/commands/check/x.ts', `import { parseProcfile } from '../../io/procfile.js';`],
    ['cli/commands/check/x.ts', `import { PROC_NAME_PATTERN } from '../../../lib/hirefire.protocol.js';`],
    ['lib/index.ts', `export { HireFireModule } from './hirefire.module.js';`],
    ['lib/index.ts', `export { Proc } from './procs/proc.js';`],
    ['lib/index.ts', `export { HireFireController } from './info/hirefire.controller.js';`],
    ['lib/hirefire.module.ts', `import { HireFireService } from './procs/hirefire.service.js';`],
    ['lib/hirefire.module.ts', `import { isToken } from './info/token.js';`],
    ['lib/hirefire.module.ts', `import { Buffer } from './web/buffer.js';`],
    ['lib/hirefire.module.ts', `import { resolveOptions } from './hirefire.options.js';`],
    ['lib/hirefire.options.ts', `import { HireFireConfigError } from './hirefire.errors.js';`],
    ['lib/hirefire.errors.ts', `import type { ProcFailure } from './hirefire.protocol.js';`],
  ])('%s: %s', async (file, line) => {
    expect(await complaints(file, line)).toEqual([]);
  });
});

it.each(['lib', 'cli'])('the rules are on, as errors, in every file of %s/', async (folder) => {
  const files = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((file) => file.endsWith('.ts'));

  expect(files).not.toEqual([]);
  for (const file of files) {
    const config: unknown = await eslint.calculateConfigForFile(`${folder}/${file}`);
    expect(config).toMatchObject({
      rules: Object.fromEntries(RULES.map((rule) => [rule, expect.arrayContaining([2, expect.anything()])])),
    });
  }
});
