/**
 * A Nest app on the backend, with the agent and on the Redis that its arguments name. Reports its port, then, each time it is
 * asked, the ms of CPU time that this process has used.
 */
import 'reflect-metadata';
import type { NestApplicationOptions } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { Server } from 'node:http';
import { report } from '../support/child.js';
import { portOf } from '../support/ports.js';
import type { Agent } from './http.js';
import { appModule } from './http-app.js';
import type { Backend } from './plan.js';

const [, , backend, agent, redisPort] = process.argv as [string, string, Backend, Agent, string];
const ERRORS_ONLY: Pick<NestApplicationOptions, 'logger'> = { logger: ['error'] };

const app = await NestFactory.create(
  appModule(backend, agent, { host: '127.0.0.1', port: Number(redisPort) }),
  ERRORS_ONLY,
);
await app.listen(0, '127.0.0.1');
const server: unknown = app.getHttpServer();
if (!(server instanceof Server)) {
  throw new Error('the app has no server');
}
process.on('message', () => {
  const { user, system } = process.cpuUsage();
  report((user + system) / 1_000);
});
report(portOf(server));
