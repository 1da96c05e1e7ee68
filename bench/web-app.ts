/** The measured app. It sends its port to its parent, then on each question the µs of CPU time that it has used so far. */
import 'reflect-metadata';
import { Controller, Get, Logger, Module, Param } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import { HireFireModule } from 'nestjs-hirefire';
import { NOTHING, WEB } from './web-apps.js';

@Controller('items')
class ItemsController {
  @Get(':id')
  item(@Param('id') id: string): { id: string; name: string } {
    return { id, name: `Item ${id}` };
  }
}

const [, , host, extra, url = ''] = process.argv;

@Module({
  imports: extra === NOTHING ? [] : [HireFireModule.forRoot({ token: 'bench', web: extra === WEB && { url } })],
  controllers: [ItemsController],
})
class AppModule {}

Logger.overrideLogger(['error']);
const app = await (host === 'Fastify'
  ? NestFactory.create(AppModule, new FastifyAdapter())
  : NestFactory.create(AppModule));
await app.listen(0, '127.0.0.1');
const { port } = new URL(await app.getUrl());
process.on('message', (question) => {
  void (question === 'close' ? app.close() : Promise.resolve()).then(() => {
    const { user, system } = process.cpuUsage();
    process.send?.(user + system);
  });
});
process.on('disconnect', () => process.exit());
process.send?.(port);
