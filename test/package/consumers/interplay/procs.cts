/** Procs of the CommonJS copy of nestjs-hirefire. */
import { HireFireModule, HireFireProc, Proc, QueueProc, type QueueReading } from 'nestjs-hirefire';

export { HireFireModule as CommonJsModule };

@HireFireProc('cjs')
export class CommonJsProc extends Proc {
  quantity(): number {
    return 1;
  }
}

@HireFireProc('cjs-queue', { skipActive: true })
export class CommonJsQueueProc extends QueueProc<string> {
  constructor() {
    super('queue');
  }

  protected override read(): Promise<readonly QueueReading[]> {
    return Promise.resolve([{ ready: 2, active: 5 }]);
  }
}
