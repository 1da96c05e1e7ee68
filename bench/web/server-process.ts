/**
 * A Nest app on the host and with the agent that its arguments name. Reports its port, then, each time it is asked, the
 * microseconds of CPU time that this process has used.
 */
import 'reflect-metadata';
import { Agent as Connections, request, Server } from 'node:http';
import {
  Controller,
  Get,
  Module,
  Param,
  type DynamicModule,
  type INestApplication,
  type NestApplicationOptions,
} from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import { HireFireModule, type HireFireModuleOptions } from 'nestjs-hirefire';
import { report } from '../support/child.js';
import { portOf } from '../support/ports.js';
import type { Agent, Host } from './server.js';

@Controller('items')
class ItemsController {
  @Get(':id')
  item(@Param('id') id: string): { id: string; name: string } {
    return { id, name: `Item ${id}` };
  }
}

@Module({ controllers: [ItemsController] })
class AppModule {}

const [, , host, agent, sinkUrl] = process.argv as [string, string, Host, Agent, string];

function hireFireOptions(): HireFireModuleOptions | undefined {
  switch (agent) {
    case 'web':
      return { token: 'bench', web: { url: sinkUrl } };
    case 'log':
      return { token: 'bench', web: { log: true, dispatch: false } };
    default:
      return undefined;
  }
}

function appModule(): DynamicModule {
  const options = hireFireOptions();
  return { module: AppModule, imports: options ? [HireFireModule.forRoot(options)] : [] };
}

/** What any app may do that is not alone in the world: a small POST a second, over a connection that is kept. */
function sendEachSecond(): void {
  const agent = new Connections({ keepAlive: true, maxSockets: 1 });
  setInterval(() => {
    request(`${sinkUrl}/nothing`, { agent, method: 'POST' }, (response) => response.resume()).end('{}');
  }, 1_000);
}

async function useAgent(app: INestApplication): Promise<void> {
  if (agent === 'judoscale') {
    const { Judoscale, middleware } = await import('judoscale-express');
    // As often as HireFire's agent, instead of every ten seconds, so that each round holds the cost of its own reports.
    app.use(middleware(new Judoscale({ api_base_url: sinkUrl, report_interval_seconds: 1 })));
  }
  if (agent === 'client') {
    sendEachSecond();
  }
}

const ERRORS_ONLY: Pick<NestApplicationOptions, 'logger'> = { logger: ['error'] };

async function createApp(): Promise<INestApplication> {
  return host === 'fastify'
    ? NestFactory.create(appModule(), new FastifyAdapter(), ERRORS_ONLY)
    : NestFactory.create(appModule(), ERRORS_ONLY);
}

const app = await createApp();
await useAgent(app);
await app.listen(0, '127.0.0.1');
const server: unknown = app.getHttpServer();
if (!(server instanceof Server)) {
  throw new Error('the app has no server');
}
process.on('message', () => {
  const { user, system } = process.cpuUsage();
  report(user + system);
});
report(portOf(server));
