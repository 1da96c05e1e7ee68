import { Controller, Get } from '@nestjs/common';
import { HireFireService, type ProcMeasurement } from 'nestjs-hirefire';

/** `GET /`: how many messages of each queue are ready or with a worker. */
@Controller()
export class StatusController {
  constructor(private readonly hireFire: HireFireService) {}

  @Get()
  status(): Promise<readonly ProcMeasurement[]> {
    return this.hireFire.measure();
  }
}
