/** Procs over queues of BullMQ, as a user of @nestjs/bull writes them. */
import { InjectQueue } from '@nestjs/bullmq';
import type { Queue } from 'bullmq';
import { HireFireProc } from 'nestjs-hirefire';
import { BullMQProc } from 'nestjs-hirefire/bullmq';

@HireFireProc('worker')
export class WorkerProc extends BullMQProc {
  constructor(@InjectQueue('mail') mail: Queue, @InjectQueue('images') images: Queue) {
    super(mail, images);
  }
}

@HireFireProc('lean', { skipActive: true })
export class LeanProc extends BullMQProc {
  constructor(@InjectQueue('mail') mail: Queue<{ to: string }>) {
    super(mail, 'images');
  }
}

@HireFireProc('backlog', { metric: 'latency' })
export class BacklogProc extends BullMQProc {
  constructor(@InjectQueue('images') images: Queue) {
    super(images);
  }
}

@HireFireProc('idle', { metric: 'latency', queues: ['idle'] })
export class IdleProc extends BullMQProc {}

export const PROCS = [WorkerProc, LeanProc, BacklogProc, IdleProc];
