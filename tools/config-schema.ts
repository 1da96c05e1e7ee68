/** Rewrites hirefire.schema.json after a change of cli/hirefire/managers/schema.ts. */
import { writeFileSync } from 'node:fs';
import { configJsonSchema, SCHEMA_FILE } from '../cli/hirefire/managers/json-schema.js';

writeFileSync(SCHEMA_FILE, configJsonSchema());
