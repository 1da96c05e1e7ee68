/** The arrows between the rooms of lib/: the lint rules that keep them catch every import against one. */
import { readdirSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { ESLint, Linter } from 'eslint';
import tseslint from 'typescript-eslint';

const RULES = ['no-restricted-imports', 'no-restricted-syntax'];
const eslint = new ESLint();

/** What the rules say of one line, were it in that file of lib/. */
async function complaints(file: string, line: string): Promise<string[]> {
  const config: unknown = await eslint.calculateConfigForFile(`lib/${file}`);
  if (!hasRules(config)) {
    throw new Error(`ESLint has no rules for lib/${file}`);
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
      `lib/${file}`,
    )
    .map(({ message }) => message);
}

function hasRules(config: unknown): config is { readonly rules: Linter.RulesRecord } {
  return typeof config === 'object' && config !== null && 'rules' in config;
}

describe('refused', () => {
  it.each([
    ['procs/x.ts', `import { HireFireController } from '../info/hirefire.controller.js';`],
    ['procs/x.ts', `import type { HireFireController } from '../info/hirefire.controller.js';`],
    ['procs/x.ts', `export { HireFireController } from '../info/hirefire.controller.js';`],
    ['procs/x.ts', `export * from '../info/hirefire.controller.js';`],
    ['procs/x.ts', `import '../web/dispatcher.js';`],
    ['procs/x.ts', `import { RedisScript } from '../redis/redis-script.js';`],
    ['procs/x.ts', `import { BullProc } from '../bull/index.js';`],
    ['procs/x.ts', `import { BullProc } from '../bull/bull.proc.js';`],
    ['procs/x.ts', `import { PgBossProc } from '../pg-boss/index.js';`],
    ['procs/x.ts', `import { HireFireModule } from '../hirefire.module.js';`],
    ['procs/x.ts', `import { HireFireModule } from '../index.js';`],
    ['procs/x.ts', `const { BullProc } = await import('../bull/index.js');`],
    ['bull/x.ts', `const { default: Queue } = await import('bull');`],
    ['procs/x.ts', `@Injectable() class X { #open = 1; }`],
    ['bull/x.ts', `export abstract class X<Q> extends QueueProc<Q> { #open = 1; }`],
    ['procs/deep/x.ts', `import { BullProc } from '../../bull/index.js';`],
    ['procs/deep/x.ts', `import { HireFireModule } from '../../index.js';`],

    ['info/x.ts', `import { Buffer } from '../web/buffer.js';`],
    ['info/x.ts', `import { RedisScript } from '../redis/redis-script.js';`],
    ['info/x.ts', `import { BullProc } from '../bull/index.js';`],
    ['info/x.ts', `import { BullMQProc } from '../bullmq/index.js';`],
    ['info/x.ts', `import { HireFireModule } from '../hirefire.module.js';`],
    ['info/x.ts', `import { HireFireModule } from '../index.js';`],

    ['web/x.ts', `import { HireFireService } from '../procs/hirefire.service.js';`],
    ['web/x.ts', `import { isToken } from '../info/token.js';`],
    ['web/x.ts', `import { BullProc } from '../bull/index.js';`],
    ['web/x.ts', `import { HireFireModule } from '../hirefire.module.js';`],

    ['redis/x.ts', `import { isToken } from '../info/token.js';`],
    ['redis/x.ts', `import { BullProc } from '../bull/index.js';`],
    ['redis/x.ts', `import { Redis } from 'ioredis';`],
    ['redis/x.ts', `import { HireFireModule } from '../index.js';`],

    ['bull/x.ts', `import { isToken } from '../info/token.js';`],
    ['bull/x.ts', `import { Buffer } from '../web/buffer.js';`],
    ['bull/x.ts', `import { BullMQProc } from '../bullmq/index.js';`],
    ['bull/x.ts', `import { HireFireModule } from '../hirefire.module.js';`],
    ['bull/x.ts', `import { QueueProc } from '../index.js';`],
    ['bull/x.ts', `import Queue from 'bull';`],
    ['bull/x.ts', `import { InjectQueue } from '@nestjs/bull';`],
    ['bull/x.ts', `import { Redis } from 'ioredis';`],
    ['bull/x.ts', `export { default } from 'bull';`],
    ['bullmq/x.ts', `import { Queue } from 'bullmq';`],
    ['bullmq/x.ts', `import { BullProc } from '../bull/index.js';`],
    ['bullmq/x.ts', `import { isToken } from '../info/token.js';`],
    ['pg-boss/x.ts', `import PgBoss from 'pg-boss';`],
    ['rabbitmq/x.ts', `import { connect } from 'amqplib';`],
    ['sqs/x.ts', `import { register } from 'prom-client';`],
    ['prometheus/x.ts', `import { SqsProc } from '../sqs/index.js';`],

    ['cli/x.ts', `import { isToken } from '../info/token.js';`],
    ['cli/x.ts', `import { HireFireConfigError } from '../hirefire.errors.js';`],
    ['cli/x.ts', `import { HireFireModule } from '../index.js';`],
    ['cli/x.ts', `import { NestFactory } from '@nestjs/core';`],
    ['cli/x.ts', `import { Queue } from 'bullmq';`],
    ['cli/check/x.ts', `import { isToken } from '../../info/token.js';`],
    ['cli/check/x.ts', `import { resolveOptions } from '../../hirefire.options.js';`],
    ['cli/simulate/page/x.ts', `import { Proc } from '../../../procs/proc.js';`],
    ['info/x.ts', `import { parseProcfile } from '../cli/procfile.js';`],
    ['bull/x.ts', `import { parseProcfile } from '../cli/procfile.js';`],

    ['index.ts', `export { BullProc } from './bull/index.js';`],
    ['index.ts', `export { parseProcfile } from './cli/procfile.js';`],
    ['hirefire.module.ts', `import { parseProcfile } from './cli/procfile.js';`],
    ['index.ts', `export { RedisScript } from './redis/redis-script.js';`],
    ['hirefire.module.ts', `import { BullProc } from './bull/index.js';`],
    ['hirefire.module.ts', `import { PgBossProc } from './pg-boss/pg-boss.proc.js';`],
    ['hirefire.module.ts', `import Queue from 'bull';`],
    ['hirefire.module.ts', `import { HireFireModule } from './index.js';`],
    ['hirefire.options.ts', `import { HireFireService } from './procs/hirefire.service.js';`],
    ['hirefire.protocol.ts', `import { isToken } from './info/token.js';`],
    ['hirefire.errors.ts', `import { HireFireModule } from './hirefire.module.js';`],
  ])('%s: %s', async (file, line) => {
    expect(await complaints(file, line)).toHaveLength(1);
  });
});

describe('allowed', () => {
  it.each([
    ['procs/x.ts', `import { Proc } from './proc.js';`],
    ['procs/x.ts', `class X { #open = 1; }`],
    ['procs/x.ts', `import { resolveOptions } from '../hirefire.options.js';`],
    ['procs/x.ts', `import { PROC_NAME_PATTERN } from '../hirefire.protocol.js';`],
    ['procs/x.ts', `import { HireFireConfigError } from '../hirefire.errors.js';`],
    ['procs/x.ts', `import { Injectable } from '@nestjs/common';`],
    ['procs/x.ts', `import { DiscoveryService } from '@nestjs/core';`],
    ['procs/x.ts', `import 'reflect-metadata';`],
    ['procs/x.ts', `import { inspect } from 'node:util';`],
    ['procs/deep/x.ts', `import { HireFireConfigError } from '../../hirefire.errors.js';`],
    ['procs/deep/x.ts', `import { Proc } from '../proc.js';`],
    ['procs/deep/x.ts', `import { Proc } from '../../procs/proc.js';`],
    ['info/x.ts', `import { HireFireService } from '../procs/hirefire.service.js';`],
    ['web/x.ts', `import { TOKEN_HEADER } from '../hirefire.protocol.js';`],
    ['redis/x.ts', `import { QueueProc } from '../procs/queue-proc.js';`],
    ['bull/x.ts', `import { QueueProc } from '../procs/queue-proc.js';`],
    ['bull/x.ts', `import { RedisScript } from '../redis/redis-script.js';`],
    ['bull/x.ts', `import type { Queue } from 'bull';`],
    ['bullmq/x.ts', `import type { Queue } from 'bullmq';`],
    ['pg-boss/x.ts', `import type PgBoss from 'pg-boss';`],
    ['sqs/x.ts', `import { GetQueueAttributesCommand } from '@aws-sdk/client-sqs';`],
    ['prometheus/x.ts', `import { register } from 'prom-client';`],
    ['prometheus/x.ts', `import { HireFireService } from '../procs/hirefire.service.js';`],
    ['cli/x.ts', `import { parseProcfile } from './procfile.js';`],
    ['cli/x.ts', `import { PROC_NAME_PATTERN } from '../hirefire.protocol.js';`],
    ['cli/x.ts', `import { Command } from 'commander';`],
    ['cli/check/x.ts', `import { parseProcfile } from '../procfile.js';`],
    ['cli/check/x.ts', `import { decide } from '../managers/decide.js';`],
    ['cli/check/x.ts', `import { PROC_NAME_PATTERN } from '../../hirefire.protocol.js';`],
    ['cli/managers/x.ts', `import * as z from 'zod/mini';`],
    ['cli/simulate/page/x.ts', `import { RunState } from '../../run-state.js';`],
    ['index.ts', `export { HireFireModule } from './hirefire.module.js';`],
    ['index.ts', `export { Proc } from './procs/proc.js';`],
    ['index.ts', `export { HireFireController } from './info/hirefire.controller.js';`],
    ['hirefire.module.ts', `import { HireFireService } from './procs/hirefire.service.js';`],
    ['hirefire.module.ts', `import { isToken } from './info/token.js';`],
    ['hirefire.module.ts', `import { Buffer } from './web/buffer.js';`],
    ['hirefire.module.ts', `import { resolveOptions } from './hirefire.options.js';`],
    ['hirefire.options.ts', `import { HireFireConfigError } from './hirefire.errors.js';`],
    ['hirefire.errors.ts', `import type { ProcFailure } from './hirefire.protocol.js';`],
  ])('%s: %s', async (file, line) => {
    expect(await complaints(file, line)).toEqual([]);
  });
});

it('the rules are on, as errors, in every file of lib/', async () => {
  const files = readdirSync('lib', { recursive: true, encoding: 'utf8' }).filter((file) => file.endsWith('.ts'));

  expect(files.length).toBeGreaterThan(0);
  for (const file of files) {
    const config: unknown = await eslint.calculateConfigForFile(`lib/${file}`);
    expect(config).toMatchObject({
      rules: Object.fromEntries(RULES.map((rule) => [rule, expect.arrayContaining([2, expect.anything()])])),
    });
  }
});
