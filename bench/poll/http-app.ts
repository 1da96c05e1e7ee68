/** The app whose polls are measured over HTTP: ten procs of three queues each, once with this package and once without. */
import { Controller, Get, Inject, NotFoundException, Param, type DynamicModule, type Type } from '@nestjs/common';
import { BullModule, getQueueToken as tokenOfBull } from '@nestjs/bull';
import { BullModule as BullMQModule, getQueueToken as tokenOfBullMQ } from '@nestjs/bullmq';
import { HireFireModule, HireFireProc, type Proc } from 'nestjs-hirefire';
import { BullProc } from 'nestjs-hirefire/bull';
import { BullMQProc } from 'nestjs-hirefire/bullmq';
import type { Agent } from './http.js';
import { sizeOf, type Address } from './libraries.js';
import type { Backend } from './plan.js';

export const TOKEN = 'bench';

const PROCS = ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h', 'i', 'j'].map((letter) => ({
  name: `worker-${letter}`,
  queues: [`${letter}-1`, `${letter}-2`, `${letter}-3`] as const,
}));

export const QUEUES: readonly string[] = PROCS.flatMap(({ queues }) => queues);

interface Parts {
  /** As is Nest's default, with a connection for each queue. */
  readonly queues: DynamicModule[];
  readonly procs: Type[];
  readonly tokenOf: (queue: string) => string;
}

function partsOf(backend: Backend, address: Address): Parts {
  const options = QUEUES.map((name) => ({ name }));
  switch (backend) {
    case 'bull':
      return {
        queues: [BullModule.forRoot({ redis: { ...address } }), BullModule.registerQueue(...options)],
        procs: procClasses(BullProc, tokenOfBull),
        tokenOf: tokenOfBull,
      };
    case 'bullmq':
      return {
        queues: [BullMQModule.forRoot({ connection: { ...address } }), BullMQModule.registerQueue(...options)],
        procs: procClasses(BullMQProc, tokenOfBullMQ),
        tokenOf: tokenOfBullMQ,
      };
  }
}

/** @param Base - a backend's; what its queues are is a matter between it and Nest */
/** @param Base - a backend's; what its queues are is a matter between it and Nest */
function procClasses(
  Base: new (...queues: never[]) => Pick<Proc, 'quantity'>,
  tokenOf: (queue: string) => string,
): Type[] {
  return PROCS.map(({ name, queues: [one, other, third] }) => {
    @HireFireProc(name)
    class WorkerProc extends Base {
      constructor(@Inject(tokenOf(one)) a: never, @Inject(tokenOf(other)) b: never, @Inject(tokenOf(third)) c: never) {
        super(a, b, c);
      }
    }
    return WorkerProc;
  });
}

interface CountedQueue {
  getJobCounts(): Promise<object>;
}

const QUEUES_BY_NAME = Symbol('QUEUES_BY_NAME');

/** What one writes without this package. */
@Controller('hirefire')
class HandWrittenController {
  constructor(@Inject(QUEUES_BY_NAME) private readonly queues: ReadonlyMap<string, CountedQueue>) {}

  @Get(':token/info')
  async info(@Param('token') token: string): Promise<object[]> {
    if (token !== TOKEN) {
      throw new NotFoundException();
    }
    return Promise.all(
      PROCS.map(async ({ name, queues }) => {
        const counts = await Promise.all(queues.map(async (queue) => this.queues.get(queue)?.getJobCounts() ?? {}));
        const quantity = counts.map(sizeOf).reduce((sum, size) => sum + size);
        return { name, quantity, value: quantity };
      }),
    );
  }
}

export function appModule(backend: Backend, agent: Agent, address: Address): DynamicModule {
  class AppModule {}

  const { queues, procs, tokenOf } = partsOf(backend, address);
  if (agent !== 'handWritten') {
    return { module: AppModule, imports: [...queues, HireFireModule.forRoot({ token: TOKEN })], providers: procs };
  }
  const byName = {
    provide: QUEUES_BY_NAME,
    inject: QUEUES.map(tokenOf),
    useFactory: (...all: CountedQueue[]) => new Map(all.map((queue, index) => [QUEUES[index], queue])),
  };
  return { module: AppModule, imports: queues, controllers: [HandWrittenController], providers: [byName] };
}
