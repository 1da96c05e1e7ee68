/** Boots each app, asks it as HireFire would, and prints the answers as JSON. */
import 'reflect-metadata';
import type { Type } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { AppModule, ClassModule, FactoryModule } from './app.module.js';

async function answers(module: Type, ...paths: string[]): Promise<Record<string, unknown>> {
  const app = await NestFactory.create(module, { logger: false, abortOnError: false });
  await app.listen(0, '127.0.0.1');
  const url = await app.getUrl();
  const all: Record<string, unknown> = {};
  for (const path of paths) {
    const response = await fetch(url + path);
    all[path] = { status: response.status, type: response.headers.get('content-type'), body: await response.text() };
  }
  await app.close();
  return all;
}

async function main(): Promise<void> {
  const all = {
    ...(await answers(AppModule, '/hirefire/test', '/hirefire/development/info', '/measured')),
    ...(await answers(FactoryModule, '/hirefire/from-a-factory/info')),
    ...(await answers(ClassModule, '/hirefire/from-a-class/info')),
  };
  console.log(JSON.stringify(all));
}

void main();
