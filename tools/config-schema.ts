/** Writes hirefire.schema.json anew, after cli/hirefire/managers/schema.ts was changed. */
import { writeFileSync } from 'node:fs';
import { configJsonSchema, SCHEMA_FILE } from '../cli/hirefire/managers/json-schema.js';

writeFileSync(SCHEMA_FILE, configJsonSchema());
