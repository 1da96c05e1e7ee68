/** Code that `@HireFireProc()` and the base classes accept, and code that they refuse. Never run: `npm run lint` is the test. */
import { InjectQueue } from '@nestjs/bull';
import { InjectQueue as InjectMQQueue } from '@nestjs/bullmq';
import { Inject, Injectable } from '@nestjs/common';
import type { Queue } from 'bull';
import type { Queue as MQQueue } from 'bullmq';
import { BullProc } from '../../lib/bull/index.js';
import { SqsProc, type SqsClient } from '../../lib/sqs/index.js';
import { BullMQProc } from '../../lib/bullmq/index.js';
import {
  ClientProc,
  HireFireProc,
  Proc,
  QueueProc,
  type HireFireProcOptions,
  type Metric,
  type QueueReading,
} from '../../lib/index.js';

// Accepted: any class with the method of its metric.

@HireFireProc('worker')
export class ShapeOnly {
  quantity(): number {
    return 0;
  }
}

@HireFireProc('worker')
export class AsyncShape {
  constructor(
    private readonly jobs: ShapeOnly,
    @Inject('OTHER') protected readonly other: { count(): Promise<number> },
  ) {}

  async quantity(): Promise<number> {
    return this.jobs.quantity() + (await this.other.count());
  }
}

@HireFireProc('worker')
export class PropertyShape {
  quantity = (): number | Promise<number> => 0;
}

@HireFireProc('worker', { metric: 'latency' })
export class LatencyOnly {
  latency(): number {
    return 0;
  }
}

@HireFireProc('worker', { metric: undefined, skipActive: undefined })
export class UndefinedOptions extends ShapeOnly {}

@HireFireProc('worker', { protect: { ratio: 5 } })
export class ProtectedBySize extends ShapeOnly {}

@HireFireProc('worker', { metric: 'latency', protect: { minimumLatency: 5 } })
export class ProtectedByLatency extends LatencyOnly {}

@HireFireProc('worker', { skipActive: false })
export class WithoutMetric extends ShapeOnly {}

@HireFireProc('worker', {})
export class EmptyOptions extends ShapeOnly {}

export abstract class AbstractBase extends Proc {
  protected abstract readonly table: string;

  quantity(): number {
    return this.table.length;
  }
}

@HireFireProc('worker')
export class OfAbstractBase extends AbstractBase {
  protected readonly table = 'jobs';
}

@HireFireProc('worker')
export abstract class DecoratedBase {
  abstract quantity(): Promise<number>;
}

@HireFireProc('worker', { metric: 'latency' })
export class WithLatency extends Proc {
  quantity(): number {
    return 0;
  }

  override latency(): number {
    return 0;
  }
}

@Injectable()
@HireFireProc('worker')
export class WithInjectable extends ShapeOnly {}

interface MailJob {
  readonly to: string;
}

@HireFireProc('worker', { skipActive: true })
export class TypedBullProc extends BullProc {
  constructor(@InjectQueue('mail') mail: Queue<MailJob>, @InjectQueue('images') images: Queue) {
    super(mail, images);
  }
}

@HireFireProc('worker', { skipActive: true })
export class TypedBullMQProc extends BullMQProc {
  constructor(
    @InjectMQQueue('mail') mail: MQQueue<MailJob>,
    @InjectMQQueue('images') images: MQQueue,
    @InjectMQQueue('named') named: MQQueue<MailJob, void, 'welcome' | 'goodbye'>,
  ) {
    super(mail, images, named);
  }
}

@HireFireProc('worker', { metric: 'latency' })
export class LatencyBullProc extends BullProc {}

@HireFireProc('worker', { queues: ['mail', 'images'] })
export class NamesOfQueues extends BullMQProc {}

@HireFireProc('worker', { metric: 'latency', queues: ['mail'] as const })
export class NamesAndQueue extends BullProc {
  constructor(@InjectQueue('images') images: Queue<MailJob>) {
    super('mail', images);
  }
}

export const foundQueues: (proc: BullProc, mqProc: BullMQProc) => [readonly Queue[], readonly MQQueue[]] = (
  proc,
  mqProc,
) => [proc.queues, mqProc.queues];

declare const options: HireFireProcOptions;
@HireFireProc('worker', options)
export class OptionsVariable extends BullProc {}

declare const metric: Metric;
@HireFireProc('worker', { metric })
export class MetricVariable extends BullProc {}

@HireFireProc('worker')
export class Clients extends ClientProc<{ size(): Promise<number> }> {
  queues = ['mail'];

  client(queue: string): { size(): Promise<number> } {
    return { size: async () => Promise.resolve(queue.length) };
  }

  async quantity(): Promise<number> {
    const sizes = await Promise.all(this.clients.map((client) => client.size()));
    return sizes.reduce((sum, size) => sum + size, 0);
  }
}

@HireFireProc('worker', { skipActive: true })
export class OwnBackend extends QueueProc<{ readonly name: string }> {
  override readonly metrics = ['size'] as const;

  protected override async read(queues: readonly { readonly name: string }[]): Promise<QueueReading[]> {
    return Promise.resolve(queues.map(({ name }) => ({ ready: name.length, active: 0 })));
  }
}

// Refused.

// @ts-expect-error -- no quantity()
@HireFireProc('worker')
export class NoQuantity {}

// @ts-expect-error -- a string is no number
@HireFireProc('worker')
export class StringQuantity {
  quantity(): string {
    return '0';
  }
}

// @ts-expect-error -- nor is what it may become
@HireFireProc('worker')
export class AsyncStringQuantity {
  async quantity(): Promise<string> {
    return Promise.resolve('0');
  }
}

// @ts-expect-error -- a number or nothing
@HireFireProc('worker')
export class MaybeQuantity {
  quantity(): number | undefined {
    return undefined;
  }
}

// @ts-expect-error -- no caller passes the queue
@HireFireProc('worker')
export class ParameterQuantity {
  quantity(queue: string): number {
    return queue.length;
  }
}

// @ts-expect-error -- private
@HireFireProc('worker')
export class PrivateQuantity {
  private quantity(): number {
    return 0;
  }

  protected readonly used = this.quantity();
}

// @ts-expect-error -- no latency()
@HireFireProc('worker', { metric: 'latency' })
export class NoLatency extends ShapeOnly {}

// @ts-expect-error -- Proc's latency() is optional
@HireFireProc('worker', { metric: 'latency' })
export class OptionalLatency extends AbstractBase {
  protected readonly table = 'jobs';
}

// @ts-expect-error -- the metric may be 'latency'
@HireFireProc('worker', options)
export class OptionsVariableOnShape extends ShapeOnly {}

// @ts-expect-error -- the metric may be 'latency'
@HireFireProc('worker', { metric })
export class MetricVariableOnShape extends ShapeOnly {}

// @ts-expect-error -- no such metric
@HireFireProc('worker', { metric: 'speed' })
export class WrongMetric extends WithLatency {}

// @ts-expect-error -- true or false
@HireFireProc('worker', { skipActive: 'yes' })
export class WrongSkipActive extends TypedBullProc {}

// @ts-expect-error -- a list of names
@HireFireProc('worker', { queues: 'mail' })
export class NameForList extends BullProc {}

// @ts-expect-error -- a misspelt option, alone
@HireFireProc('worker', { skipactive: true })
export class MisspeltOption extends TypedBullProc {}

// @ts-expect-error -- a misspelt option with a right one
@HireFireProc('worker', { metric: 'size', skipactive: true })
export class MisspeltSecondOption extends TypedBullProc {}

// @ts-expect-error -- a name is needed
@HireFireProc()
export class NoName extends ShapeOnly {}

// @ts-expect-error -- a name is a string
@HireFireProc(5)
export class NumberName extends ShapeOnly {}

type Takes<C extends abstract new (...queues: never[]) => object, Q> = Q extends ConstructorParameters<C>[number]
  ? true
  : false;

export const takesQueuesOfItsOwn: [Takes<typeof BullProc, Queue>, Takes<typeof BullMQProc, MQQueue>] = [true, true];
export const takesQueuesOfTheOther: [Takes<typeof BullProc, MQQueue>, Takes<typeof BullMQProc, Queue>] = [false, false];

// @ts-expect-error -- a backend must read
export class NoRead extends QueueProc<string> {}

// @ts-expect-error -- a Proc has a quantity()
export class NoProcQuantity extends Proc {}

/** The base classes keep what is theirs by symbols: a user's members may have any name. */
@HireFireProc('worker')
export class OwnMembers extends SqsProc {
  constructor(
    private readonly client: SqsClient,
    private readonly library: string,
    private readonly connection: string,
    private readonly warned: string,
  ) {
    super(client, `https://sqs.example.com/1/${library}`);
  }

  all(): readonly unknown[] {
    return [this.client, this.library, this.connection, this.warned];
  }
}
