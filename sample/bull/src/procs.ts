import { InjectQueue } from '@nestjs/bull';
import type { Queue } from 'bull';
import { HireFireProc } from 'nestjs-hirefire';
import { BullProc } from 'nestjs-hirefire/bull';

/** Tells HireFire how much there is to do for `compress`, the process of that name in the Procfile. */
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
