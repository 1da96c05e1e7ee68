import { renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** Sets the numbers of the app in app/web.mjs: written at once, and never half. */
export async function writeNumbers(folder: string, text: string): Promise<void> {
  const path = join(folder, 'numbers.json');
  writeFileSync(`${path}.part`, text);
  renameSync(`${path}.part`, path);
}
