import { Controller, Get } from '@nestjs/common';
import { PgBoss } from 'pg-boss';

/** `GET /`: how many jobs of each queue wait and are active, as pg-boss counted them the last time. */
@Controller()
export class StatusController {
  constructor(private readonly boss: PgBoss) {}

  @Get()
  async status(): Promise<Record<string, object>> {
    const queues = await this.boss.getQueues();
    return Object.fromEntries(
      queues.map(({ name, queuedCount, activeCount }) => [name, { queued: queuedCount, active: activeCount }]),
    );
  }
}
