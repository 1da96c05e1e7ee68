import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { UsageError } from '../../../cli/io/errors.js';
import { readEnvFile, readProcfile } from '../../../cli/io/files.js';

let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'hirefire-files-'));
});
afterEach(() => rm(folder, { recursive: true }));

describe('a file in UTF-16, or with a NUL byte', () => {
  it.each([
    ['Procfile', readProcfile, Buffer.from('\uFEFFweb: x\n', 'utf16le')],
    ['Procfile', readProcfile, Buffer.from('web: x\0\n')],
    ['.env', readEnvFile, Buffer.from('A=secret\0\n')],
  ])('is refused: %s', async (name, read, bytes) => {
    const path = join(folder, name);
    await writeFile(path, bytes);
    await expect(read(path)).rejects.toEqual(new UsageError(`${path} contains a NUL byte: save it as UTF-8`));
  });
});
