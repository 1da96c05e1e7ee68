/** One proc per way to write one, with the root entry alone. */
import { Injectable } from '@nestjs/common';
import { ClientProc, HireFireProc, Proc, QueueProc, type Metric, type QueueReading } from 'nestjs-hirefire';

@Injectable()
export class ReportsRepository {
  countPending(): Promise<number> {
    return Promise.resolve(3);
  }
}

@HireFireProc('reports')
export class ReportsProc {
  constructor(private readonly reports: ReportsRepository) {}

  quantity(): Promise<number> {
    return this.reports.countPending();
  }
}

@HireFireProc('mailer', { metric: 'latency' })
export class MailerProc extends Proc {
  quantity(): number {
    return 1;
  }

  override latency(): number {
    return 1.5;
  }
}

class LegacyQueue {
  constructor(private readonly name: string) {}

  size(): Promise<number> {
    return Promise.resolve(this.name.length);
  }
}

@HireFireProc('legacy')
export class LegacyProc extends ClientProc<LegacyQueue> {
  queues = ['mail', 'images'];

  client(queue: string): LegacyQueue {
    return new LegacyQueue(queue);
  }

  async quantity(): Promise<number> {
    const sizes = await Promise.all(this.clients.map((client) => client.size()));
    return sizes.reduce((sum, size) => sum + size, 0);
  }
}

interface List {
  readonly waiting: number;
  readonly running: number;
}

abstract class ListProc extends QueueProc<List> {
  protected override read(lists: readonly List[], metric: Metric): Promise<readonly QueueReading[]> {
    return Promise.resolve(
      lists.map(({ waiting, running }) => ({
        ready: waiting,
        active: running,
        latency: metric === 'latency' ? 0 : NaN,
      })),
    );
  }
}

@HireFireProc('lists')
export class ListsProc extends ListProc {
  constructor() {
    super({ waiting: 4, running: 1 }, { waiting: 0, running: 2 });
  }
}

@HireFireProc('lean-lists', { skipActive: true })
export class LeanListsProc extends ListProc {
  constructor() {
    super({ waiting: 4, running: 1 }, { waiting: 0, running: 2 });
  }
}

// @ts-expect-error a proc without quantity() is refused by the compiler
@HireFireProc('broken')
export class BrokenProc {}

export const PROCS = [ReportsProc, MailerProc, LegacyProc, ListsProc, LeanListsProc];
