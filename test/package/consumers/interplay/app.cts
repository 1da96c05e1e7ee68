/** The CommonJS copy's HireFireModule, and procs of both copies. */
import 'reflect-metadata';
import { Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { HireFireModule, HireFireService } from 'nestjs-hirefire';
import { CommonJsModule, CommonJsProc, CommonJsQueueProc } from './procs.cjs';
import { EsModuleModule, EsModuleProc, EsModuleQueueProc } from './procs.mjs';

@Module({
  imports: [HireFireModule.forRoot()],
  providers: [CommonJsProc, CommonJsQueueProc, EsModuleProc, EsModuleQueueProc],
})
class AppModule {}

async function main(): Promise<void> {
  const app = await NestFactory.createApplicationContext(AppModule, { logger: false, abortOnError: false });
  const measured = await app.get(HireFireService).measure();
  console.log(
    JSON.stringify({
      isOwnCopy: HireFireModule === CommonJsModule,
      isOtherCopy: Object.is(HireFireModule, EsModuleModule),
      measured,
    }),
  );
  await app.close();
}

void main();
