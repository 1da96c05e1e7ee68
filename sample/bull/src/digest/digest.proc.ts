import { InjectQueue } from '@nestjs/bull';
import type { Queue } from 'bull';
import { HireFireProc } from 'nestjs-hirefire';
import { BullProc } from 'nestjs-hirefire/bull';

/** Tells HireFire how much there is to do for `digest`, the process of that name in the Procfile. */
@HireFireProc('digest')
export class DigestProc extends BullProc {
  constructor(@InjectQueue('digest') digest: Queue) {
    super(digest);
  }
}
