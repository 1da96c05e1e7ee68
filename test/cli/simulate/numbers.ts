import { rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

/** What the app in app/web.mjs tells HireFire from now on; never half of it. */
export async function writeNumbers(folder: string, text: string): Promise<void> {
  const path = join(folder, 'numbers.json');
  await writeFile(`${path}.part`, text);
  await rename(`${path}.part`, path);
}
