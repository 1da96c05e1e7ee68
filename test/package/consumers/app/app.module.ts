import { Controller, Get, Injectable, Module } from '@nestjs/common';
import {
  HireFireModule,
  HireFireService,
  type HireFireModuleOptions,
  type HireFireOptionsFactory,
  type ProcMeasurement,
} from 'nestjs-hirefire';
import { PROCS, ReportsRepository } from './procs.js';

@Controller('measured')
class MeasuredController {
  constructor(private readonly hireFire: HireFireService) {}

  @Get()
  async names(): Promise<string[]> {
    const measured: readonly ProcMeasurement[] = await this.hireFire.measure();
    return measured.map(({ name }) => name);
  }
}

@Module({
  imports: [HireFireModule.forRoot()],
  controllers: [MeasuredController],
  providers: [...PROCS, ReportsRepository],
})
export class AppModule {}

@Module({ providers: [{ provide: 'TOKEN', useValue: 'from-a-factory' }], exports: ['TOKEN'] })
class TokenModule {}

@Module({
  imports: [
    HireFireModule.forRootAsync({
      imports: [TokenModule],
      inject: ['TOKEN'],
      useFactory: async (token: string): Promise<HireFireModuleOptions> => ({ token, timeout: 1_000, onError: 'omit' }),
    }),
  ],
  providers: [...PROCS, ReportsRepository],
})
export class FactoryModule {}

@Injectable()
class Settings implements HireFireOptionsFactory {
  create(): HireFireModuleOptions {
    return { token: 'from-a-class' };
  }
}

@Module({
  imports: [HireFireModule.forRootAsync({ useClass: Settings })],
  providers: [...PROCS, ReportsRepository],
})
export class ClassModule {}

// @ts-expect-error an option that does not exist is refused by the compiler
HireFireModule.forRoot({ tokn: 'x' });
