import { InjectQueue } from '@nestjs/bull';
import type { Queue } from 'bull';
import { HireFireProc } from 'nestjs-hirefire';
import { BullProc } from 'nestjs-hirefire/bull';

/** Reports to HireFire the jobs for `compress`, a process of the Procfile. */
@HireFireProc('compress')
export class CompressProc extends BullProc {
  constructor(@InjectQueue('compress') compress: Queue) {
    super(compress);
  }
}

@HireFireProc('digest')
export class DigestProc extends BullProc {
  constructor(@InjectQueue('digest') digest: Queue) {
    super(digest);
  }
}
