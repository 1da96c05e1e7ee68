export { HireFireConfigError, HireFireMeasureError } from './hirefire.errors.js';
export { HireFireModule } from './hirefire.module.js';
export type {
  HireFireModuleAsyncOptions,
  HireFireModuleOptions,
  HireFireOptionsFactory,
  HireFireWebOptions,
} from './hirefire.options.js';
export type { Metric, ProcFailure, ProcMeasurement } from './hirefire.protocol.js';
export type { HttpAnswer } from './http/http-host.js';
export { HireFireController } from './info/hirefire.controller.js';
export type { QueueDescription, QueueReading } from './procs/backend.js';
export { ClientProc } from './procs/client-proc.js';
export { HireFireProc, type HireFireProcOptions } from './procs/hirefire-proc.decorator.js';
export { HireFireService } from './procs/hirefire.service.js';
export { MeasureFailure } from './procs/measure-failure.js';
export { Proc } from './procs/proc.js';
export type { ProtectOptions } from './procs/protect.js';
export { QueueProc } from './procs/queue-proc.js';
