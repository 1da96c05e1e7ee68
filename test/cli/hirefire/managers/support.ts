import * as z from 'zod/mini';
import { managerSchema, type Manager } from '../../../../cli/hirefire/managers/schema.js';

/** A manager with the defaults of what it leaves out. */
export function manager(settings: Readonly<Record<string, unknown>> & { readonly type: Manager['type'] }): Manager {
  return z.parse(managerSchema, settings);
}
