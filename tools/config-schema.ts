/** Writes hirefire.schema.json anew, after lib/cli/managers/schema.ts was changed. */
import { writeFileSync } from 'node:fs';
import { configJsonSchema, SCHEMA_FILE } from '../lib/cli/managers/json-schema.js';

writeFileSync(SCHEMA_FILE, configJsonSchema());
