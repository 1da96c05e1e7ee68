import type { INestApplication, ModuleMetadata } from '@nestjs/common';
import { Test } from '@nestjs/testing';
import { HireFireModule, type HireFireModuleOptions } from '../../lib/index.js';

/** A Nest app on Express with HireFireModule, listening on a free port. */
export async function startApp(metadata: ModuleMetadata, options?: HireFireModuleOptions): Promise<INestApplication> {
  const { imports = [], ...rest } = metadata;
  const module = await Test.createTestingModule({
    imports: [...imports, HireFireModule.forRoot(options)],
    ...rest,
  }).compile();
  const app = module.createNestApplication();
  app.useLogger(false);
  await app.listen(0, '127.0.0.1');
  return app;
}

export interface Poll {
  readonly status: number;
  readonly body: unknown;
}

/** Asks for the numbers by the token in the path, as HireFire does. */
export async function poll(app: INestApplication, token = 'development'): Promise<Poll> {
  const response = await fetch(`${await app.getUrl()}/hirefire/${token}/info`);
  return { status: response.status, body: await response.json() };
}
