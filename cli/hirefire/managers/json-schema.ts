/** Makes the JSON schema of hirefire.json, which editors use. */
import * as z from 'zod/mini';
import { configSchema } from './schema.js';

export const SCHEMA_FILE = 'hirefire.schema.json';

export function configJsonSchema(): string {
  const schema = z.toJSONSchema(configSchema, { io: 'input', target: 'draft-7' });
  return `${JSON.stringify({ title: 'hirefire.json of nestjs-hirefire', ...schema }, null, 2)}\n`;
}
