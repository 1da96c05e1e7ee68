/** Code that `HireFireModule` and its service accept, and code that they refuse. Never run: `npm run lint` is the test. */
import { Injectable, Module } from '@nestjs/common';
import {
  HireFireConfigError,
  HireFireController,
  HireFireMeasureError,
  HireFireModule,
  HireFireService,
  type HireFireModuleAsyncOptions,
  type HireFireModuleOptions,
  type HireFireOptionsFactory,
  type HireFireWebOptions,
  type ProcFailure,
  type ProcMeasurement,
} from '../../lib/index.js';

declare function Public(): ClassDecorator;

@Injectable()
export class Config {
  readonly token: string | undefined = process.env.HIREFIRE_TOKEN;
}

@Injectable()
export class Factory implements HireFireOptionsFactory {
  create(): HireFireModuleOptions {
    return { timeout: 5000 };
  }
}

@Injectable()
export class AsyncFactory implements HireFireOptionsFactory {
  async create(): Promise<HireFireModuleOptions> {
    return Promise.resolve({});
  }
}

declare const options: HireFireModuleOptions;
declare const webOptions: HireFireWebOptions;
declare const asyncOptions: HireFireModuleAsyncOptions;

@Module({
  imports: [
    HireFireModule.forRoot(),
    HireFireModule.forRoot({}),
    HireFireModule.forRoot(undefined),
    HireFireModule.forRoot(options),
    HireFireModule.forRoot({ token: process.env.HIREFIRE_TOKEN }),
    HireFireModule.forRoot({ token: 'secret', timeout: 5000, onError: 'omit' }),
    HireFireModule.forRoot({ token: undefined, timeout: undefined, onError: undefined }),
    HireFireModule.forRoot({ web: true }),
    HireFireModule.forRoot({ web: false }),
    HireFireModule.forRoot({ web: undefined }),
    HireFireModule.forRoot({ web: {} }),
    HireFireModule.forRoot({ web: webOptions }),
    HireFireModule.forRoot({ web: { dispatch: false, log: true, url: 'https://example.com' } }),
    HireFireModule.forRoot({ web: { dispatch: undefined, log: undefined, url: process.env.SINK_URL } }),
    HireFireModule.forRoot({ web: process.env.NODE_ENV === 'production' }),

    HireFireModule.forRootAsync(asyncOptions),
    HireFireModule.forRootAsync({ useFactory: () => ({}) }),
    HireFireModule.forRootAsync({ useFactory: async () => Promise.resolve({ onError: 'fail' }) }),
    HireFireModule.forRootAsync({ useFactory: () => ({ web: true }) }),
    HireFireModule.forRootAsync({ useFactory: async () => Promise.resolve({ web: { log: true, dispatch: false } }) }),
    HireFireModule.forRootAsync({ inject: [Config], useFactory: ({ token }: Config) => ({ token }) }),
    HireFireModule.forRootAsync({ useClass: Factory }),
    HireFireModule.forRootAsync({ useClass: AsyncFactory }),
    HireFireModule.forRootAsync({ imports: [HireFireModule], useExisting: Factory }),

    // @ts-expect-error -- a number is no token
    HireFireModule.forRoot({ token: 5 }),
    // @ts-expect-error -- milliseconds are a number
    HireFireModule.forRoot({ timeout: '5s' }),
    // @ts-expect-error -- 'fail' or 'omit'
    HireFireModule.forRoot({ onError: 'ignore' }),
    // @ts-expect-error -- no such option any more
    HireFireModule.forRoot({ decorators: [Public()] }),
    // @ts-expect-error -- true, false or an object
    HireFireModule.forRoot({ web: 'log' }),
    // @ts-expect-error -- true, false or an object
    HireFireModule.forRoot({ web: null }),
    // @ts-expect-error -- true or false
    HireFireModule.forRoot({ web: { log: 'true' } }),
    // @ts-expect-error -- a text, not an object
    HireFireModule.forRoot({ web: { url: new URL('https://example.com') } }),
    // @ts-expect-error -- no such option
    HireFireModule.forRoot({ web: { logs: true } }),
    // @ts-expect-error -- no such option
    HireFireModule.forRoot({ tokn: 'secret' }),
    // @ts-expect-error -- the options are needed
    HireFireModule.forRootAsync(),
    // @ts-expect-error -- milliseconds are a number
    HireFireModule.forRootAsync({ useFactory: () => ({ timeout: '5s' }) }),
    // @ts-expect-error -- true or false
    HireFireModule.forRootAsync({ useFactory: () => ({ web: { dispatch: 0 } }) }),
    // @ts-expect-error -- a class with create()
    HireFireModule.forRootAsync({ useClass: Config }),
    // @ts-expect-error -- no such option any more
    HireFireModule.forRootAsync({ useFactory: () => ({}), decorators: [Public()] }),
  ],
})
export class AppModule {}

export async function dashboard(service: HireFireService): Promise<number> {
  try {
    const measured: readonly ProcMeasurement[] = await service.measure();
    return measured.reduce((sum, { name, quantity, value }) => sum + name.length + quantity + value, 0);
  } catch (error) {
    if (error instanceof HireFireMeasureError) {
      const failures: readonly ProcFailure[] = error.errors;
      return failures.map(({ name, message }) => name + message).length;
    }
    const name: string | undefined = error instanceof HireFireConfigError ? error.procName : undefined;
    throw new Error(name, { cause: error });
  }
}

@Public()
export class OwnController extends HireFireController {}
