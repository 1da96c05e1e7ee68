/** Procs of the ES module copy of nestjs-hirefire. */
import { HireFireModule, HireFireProc, Proc, QueueProc, type QueueReading } from 'nestjs-hirefire';

export { HireFireModule as EsModuleModule };

@HireFireProc('esm')
export class EsModuleProc extends Proc {
  quantity(): number {
    return 1;
  }
}

@HireFireProc('esm-queue', { skipActive: true })
export class EsModuleQueueProc extends QueueProc<string> {
  constructor() {
    super('queue');
  }

  protected override read(): Promise<readonly QueueReading[]> {
    return Promise.resolve([{ ready: 2, active: 5 }]);
  }
}
