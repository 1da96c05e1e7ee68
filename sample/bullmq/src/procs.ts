import { InjectQueue } from '@nestjs/bullmq';
import type { Queue } from 'bullmq';
import { HireFireProc } from 'nestjs-hirefire';
import { BullMQProc } from 'nestjs-hirefire/bullmq';

/** Reports to HireFire the jobs for `compress`, a process of the Procfile. */
@HireFireProc('compress')
export class CompressProc extends BullMQProc {
  constructor(@InjectQueue('compress') compress: Queue) {
    super(compress);
  }
}

@HireFireProc('digest')
export class DigestProc extends BullMQProc {
  constructor(@InjectQueue('digest') digest: Queue) {
    super(digest);
  }
}
