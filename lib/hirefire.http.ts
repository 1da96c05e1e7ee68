import type { HttpAdapterHost } from '@nestjs/core';

/** Whether the app serves HTTP. Without, Nest leaves `null` as its adapter, or an empty object. */
export function servesHttp({ httpAdapter }: HttpAdapterHost): boolean {
  const adapter: unknown = httpAdapter;
  return typeof adapter === 'object' && adapter !== null && 'getHttpServer' in adapter;
}
