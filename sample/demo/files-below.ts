import { readdir } from 'node:fs/promises';
import { join, relative } from 'node:path';

/** Every file below a folder, relative to it. Symbolic links are not followed. */
export async function filesBelow(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  return entries.filter((entry) => entry.isFile()).map((file) => relative(folder, join(file.parentPath, file.name)));
}
