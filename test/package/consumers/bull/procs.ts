/** Procs over queues of Bull, as a user of @nestjs/bull writes them. */
import { InjectQueue } from '@nestjs/bull';
import type { Queue } from 'bull';
import { HireFireProc } from 'nestjs-hirefire';
import { BullProc } from 'nestjs-hirefire/bull';

@HireFireProc('worker')
export class WorkerProc extends BullProc {
  constructor(@InjectQueue('mail') mail: Queue, @InjectQueue('images') images: Queue) {
    super(mail, images);
  }
}

@HireFireProc('lean', { skipActive: true })
export class LeanProc extends BullProc {
  constructor(@InjectQueue('mail') mail: Queue<{ to: string }>) {
    super(mail, 'images');
  }
}

@HireFireProc('backlog', { metric: 'latency' })
export class BacklogProc extends BullProc {
  constructor(@InjectQueue('images') images: Queue) {
    super(images);
  }
}

@HireFireProc('idle', { metric: 'latency', queues: ['idle'] })
export class IdleProc extends BullProc {}

export const PROCS = [WorkerProc, LeanProc, BacklogProc, IdleProc];
