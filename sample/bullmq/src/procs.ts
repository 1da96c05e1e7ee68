import { InjectQueue } from '@nestjs/bullmq';
import type { Queue } from 'bullmq';
import { HireFireProc } from 'nestjs-hirefire';
import { BullMQProc } from 'nestjs-hirefire/bullmq';

/** The ratio of the managers in HireFire. */
const ratio = Number(process.env.RATIO ?? 4000);

/** Reports to HireFire the jobs for `compress`, a process of the Procfile. */
@HireFireProc('compress', { protect: { ratio } })
export class CompressProc extends BullMQProc {
  constructor(@InjectQueue('compress') compress: Queue) {
    super(compress);
  }
}

@HireFireProc('digest', { protect: { ratio } })
export class DigestProc extends BullMQProc {
  constructor(@InjectQueue('digest') digest: Queue) {
    super(digest);
  }
}
