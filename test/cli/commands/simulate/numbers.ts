import { renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** What the app in app/web.mjs tells HireFire from now on, written before anything else happens; never half of it. */
export async function writeNumbers(folder: string, text: string): Promise<void> {
  const path = join(folder, 'numbers.json');
  writeFileSync(`${path}.part`, text);
  renameSync(`${path}.part`, path);
}
