import * as z from 'zod/mini';
import { managerSchema, type Manager } from '../../../lib/cli/managers/schema.js';

/** A manager with the defaults of what it leaves out. */
export function manager(settings: Readonly<Record<string, unknown>> & { readonly type: Manager['type'] }): Manager {
  return z.parse(managerSchema, settings);
}
