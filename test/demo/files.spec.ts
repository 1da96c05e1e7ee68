import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { createHash } from 'node:crypto';
import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { brokenArchives, DoneList, filesBelow, notExactlyOnce, prepareFolderFor } from '../../sample/demo/files.js';

let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'nestjs-hirefire-files-'));
});

afterEach(async () => {
  await rm(folder, { recursive: true, force: true });
});

async function write(path: string, content: string | Buffer): Promise<void> {
  await mkdir(dirname(join(folder, path)), { recursive: true });
  await writeFile(join(folder, path), content);
}

async function doneList(lines: string): Promise<DoneList> {
  await write('list.jsonl', lines);
  return DoneList.of(join(folder, 'list.jsonl'));
}

const line = (path: string): string => `${JSON.stringify({ path })}\n`;

it('all files below a folder, but nothing that a symbolic link leads to', async () => {
  await write('a', '');
  await write('.hidden/b c', '');
  await write('deep/er/ü\n', '');
  await symlink('a', join(folder, 'link to a file'));
  await symlink('..', join(folder, 'deep/link to a folder'));
  await symlink('nowhere', join(folder, 'broken link'));
  expect((await filesBelow(folder)).sort()).toEqual(['.hidden/b c', 'a', 'deep/er/ü\n']);
});

describe('the folder for results', () => {
  it('is made', async () => {
    await prepareFolderFor(join(folder, 'a/out'), join(folder, 'input'));
    expect(await filesBelow(join(folder, 'a/out'))).toEqual([]);
  });

  it.each<[what: string, results: string, message: string]>([
    ['is the input', 'input', 'inside of the folder'],
    ['is inside of the input', 'input/a/out', 'inside of the folder'],
    ['is not empty', '', 'is not empty'],
  ])('is refused when it %s', async (_, results, message) => {
    await write('input/a/file', '');
    await expect(prepareFolderFor(join(folder, results), join(folder, 'input'))).rejects.toThrow(message);
    expect(await filesBelow(folder)).toEqual(['input/a/file']);
  });
});

describe('a list of what is done', () => {
  it('is empty when no job is done', async () => {
    expect((await DoneList.of(join(folder, 'none'))).times.size).toBe(0);
  });

  it('is refused with a line that no worker writes', async () => {
    await expect(doneList('{"file":"a"}\n')).rejects.toThrow('without a path');
  });

  it.each<[what: string, listed: string[], problems: string[]]>([
    ['all, in any order', ['b', 'a'], []],
    ['one too few', ['a'], ['not done: b']],
    ['none', [], ['not done: a', 'not done: b']],
    ['one twice', ['a', 'b', 'a'], ['done 2 times: a']],
    ['one twice instead of the other', ['a', 'a'], ['not done: b', 'done 2 times: a']],
    ['one that was not asked for', ['a', 'b', 'c'], ['not asked for: c']],
  ])('says what is not done exactly once: %s', async (_, listed, problems) => {
    expect(notExactlyOnce(['a', 'b'], await doneList(listed.map(line).join('')))).toEqual(problems);
  });
});

describe('archives', () => {
  const digestOf = (path: string, content: string): string =>
    `${JSON.stringify({ path, sha256: createHash('sha256').update(content).digest('hex') })}\n`;

  const check = async (): Promise<string[]> =>
    brokenArchives(
      ['a', 'b/c'],
      join(folder, 'gz'),
      await doneList(digestOf('a', 'content of a') + digestOf('b/c', '')),
    );

  beforeEach(async () => {
    await write('gz/a.gz', gzipSync('content of a'));
    await write('gz/b/c.gz', gzipSync(''));
  });

  it('that unpack to what was digested', async () => {
    expect(await check()).toEqual([]);
  });

  it.each<[what: string, path: string, content: Buffer | undefined, problem: string]>([
    ['is missing', 'gz/a.gz', undefined, 'broken archive: a'],
    ['has another content', 'gz/a.gz', gzipSync('content of b'), 'not what was digested: a'],
    ['is cut off', 'gz/a.gz', gzipSync('content of a').subarray(0, -4), 'broken archive: a'],
    ['is half written', 'gz/b/c.gz.part', gzipSync(''), 'left behind: b/c.gz.part'],
  ])('one that %s', async (_, path, content, problem) => {
    await (content ? write(path, content) : rm(join(folder, path)));
    expect(await check()).toEqual([expect.stringContaining(problem)]);
  });
});
