/** Saving managers in hirefire.json, in real files. */
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { chmod, chown, mkdir, mkdtemp, readdir, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { configFile } from '../../../../cli/hirefire/managers/config-file.js';
import { readConfig } from '../../../../cli/hirefire/managers/config.js';
import { parseManagerFlag } from '../../../../cli/hirefire/managers/manager-flag.js';
import { UsageError } from '../../../../cli/io/errors.js';
import { rejectionOf } from '../../support/errors.js';

const TUNED = new Map([parseManagerFlag('worker=job-queue-size,ratio=7,maximum=4')]);

const NOBODY = 65534;

let folder: string;
let path: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'nestjs-hirefire-test-'));
  path = join(folder, 'hirefire.json');
});

afterEach(async () => {
  await rm(folder, { recursive: true });
});

const save = (replaces: boolean): Promise<boolean> => configFile(path).save(TUNED, replaces);

describe('a file that does not exist', () => {
  it('is the one that the next run reads, next to the Procfile', async () => {
    const procfile = join(folder, 'Procfile');
    expect(await configFile(undefined, procfile).save(TUNED, false)).toBe(true);
    expect((await readConfig(undefined, procfile))?.managers).toEqual(TUNED);
    expect(JSON.parse(await readFile(path, 'utf8'))).toEqual({
      $schema: 'node_modules/nestjs-hirefire/hirefire.schema.json',
      managers: Object.fromEntries(TUNED),
    });
  });

  it('in a folder that does not exist is an error in one line', async () => {
    path = join(folder, 'none', 'hirefire.json');
    expect(await rejectionOf(save(false), UsageError)).toMatch(/hirefire\.json can't be written: ENOENT.*$/);
  });
});

describe('a file that exists', () => {
  const before = {
    timeZone: 'Europe/Amsterdam',
    managers: { urgent: { type: 'job-queue-size', ratio: 3 }, worker: { type: 'job-queue-size' } },
    dynoPrices: { worker: 25 },
  };

  beforeEach(() => writeFile(path, JSON.stringify(before, null, '\t')));

  it('stays as it is until its managers may be replaced', async () => {
    expect(await save(false)).toBe(false);
    expect(await readFile(path, 'utf8')).toBe(JSON.stringify(before, null, '\t'));
  });

  it('keeps everything but the managers of the run, its indentation and its mode', async () => {
    await chmod(path, 0o640);
    expect(await save(true)).toBe(true);
    const managers = { ...before.managers, worker: TUNED.get('worker') };
    expect(await readFile(path, 'utf8')).toBe(JSON.stringify({ ...before, managers }, null, '\t'));
    expect((await stat(path)).mode & 0o777).toBe(0o640);
    expect(await readdir(folder)).toEqual(['hirefire.json']);
  });

  const tuned = TUNED.get('worker');
  const ranges = '[ {"from":"08:00",  "until":"20:00", "minimum":1} ]';
  const others = `"urgent":{ "type": "job-queue-size","timeRanges": ${ranges} }`;
  const inLine = JSON.stringify(tuned, null, 1).replace(/\n\s*/g, ' ');
  const indented = (start: string): string => JSON.stringify(tuned, null, '  ').replaceAll('\n', `\n${start}`);
  it.each<[what: string, text: string, saved: string]>([
    [
      'on one line',
      `{"managers":{${others},"worker":{"type":"job-queue-size"}}}`,
      `{"managers":{${others},"worker":${inLine}}}`,
    ],
    [
      'on several',
      `{\n  "slots": { "worker": 2 },\n\n  "managers" : {\n      "worker" :{\n  "type": "job-queue-size" },${others}\n  }\n}\n\n`,
      `{\n  "slots": { "worker": 2 },\n\n  "managers" : {\n      "worker" :${indented('      ')},${others}\n  }\n}\n\n`,
    ],
    [
      'after others of its name',
      `{ "managers": { "worker": { "type": "job-queue-size", "ratio": 2 } }, "managers": { "worker": {"type":"job-queue-size"} } }`,
      `{ "managers": { "worker": { "type": "job-queue-size", "ratio": 2 } }, "managers": { "worker": ${inLine} } }`,
    ],
    [
      'as it is',
      `{"managers" : {"worker": {"maximum":4, "ratio":7,"type":"job-queue-size"}}}`,
      `{"managers" : {"worker": {"maximum":4, "ratio":7,"type":"job-queue-size"}}}`,
    ],
    [
      "on Windows' lines, after a byte order mark",
      `\uFEFF{\r\n\t"managers": {\r\n\t\t"worker": {\r\n\t\t\t"type": "job-queue-size"\r\n\t\t}\r\n\t}\r\n}\r\n`,
      `\uFEFF{\r\n\t"managers": {\r\n\t\t"worker": ${JSON.stringify(tuned, null, '\t').replaceAll('\n', '\r\n\t\t')}\r\n\t}\r\n}\r\n`,
    ],
    [
      'that is not in it, after others',
      `{\r\n  "dynoPrices": {"worker": 25.00},\r\n  "managers": {\r\n    ${others}\r\n  } }`,
      `{\r\n  "dynoPrices": {"worker": 25.00},\r\n  "managers": {\r\n    ${others},\r\n    "worker": ${indented('    ').replaceAll('\n', '\r\n')}\r\n  } }`,
    ],
    [
      'that is not in it, after others on one line',
      `{ "managers": { ${others} }, "slots": {} }`,
      `{ "managers": { ${others}, "worker": ${inLine} }, "slots": {} }`,
    ],
    [
      'where it is the first',
      `{\n    "managers": {},\n    "slots": { "worker": 2 }\n}\n`,
      `{\n    "managers": {\n        "worker": ${JSON.stringify(tuned, null, 4).replaceAll('\n', '\n        ')}\n    },\n    "slots": { "worker": 2 }\n}\n`,
    ],
    ['where it is the first on one line', `{"managers":{}}`, `{"managers":{ "worker": ${inLine} }}`],
    [
      'without managers',
      `{\n  "slots": { "worker": 2 }\n}`,
      `{\n  "slots": { "worker": 2 },\n  "managers": ${JSON.stringify({ worker: tuned }, null, 2).replaceAll('\n', '\n  ')}\n}`,
    ],
    ['without anything', ` { } `, ` { "managers": { "worker": ${inLine} } } `],
  ])('with a manager %s keeps every other character', async (_what, text, saved) => {
    await writeFile(path, text);
    expect(await save(true)).toBe(true);
    expect(await readFile(path, 'utf8')).toBe(saved);
    expect((await readConfig(path))?.managers.get('worker')).toEqual(tuned);
  });

  it('that is read-only stays', async () => {
    await chmod(path, 0o444);
    // Root may write it.
    const isRoot = process.geteuid?.() === 0;
    if (isRoot) {
      await Promise.all([folder, path].map((one) => chown(one, NOBODY, NOBODY)));
      process.seteuid?.(NOBODY);
    }
    const message = await rejectionOf(save(true), UsageError).finally(() => isRoot && process.seteuid?.(0));
    expect(message).toBe(`${path} can't be written: EACCES: permission denied, open '${path}'`);
    expect(await readFile(path, 'utf8')).toBe(JSON.stringify(before, null, '\t'));
  });

  it('is changed where a link leads to', async () => {
    await mkdir(join(folder, 'app'));
    await symlink(path, join(folder, 'app', 'hirefire.json'));
    expect(await configFile(join(folder, 'app', 'hirefire.json')).save(TUNED, true)).toBe(true);
    expect((await readConfig(path))?.managers.get('worker')).toEqual(TUNED.get('worker'));
  });

  it.each([
    ['{', /hirefire\.json is not JSON: /],
    ['{"manager": {}}', /hirefire\.json: manager is unknown: use /],
  ])('with a mistake, such as %s, is an error, and stays', async (text, message) => {
    await writeFile(path, text);
    expect(await rejectionOf(save(true), UsageError)).toMatch(message);
    expect(await readFile(path, 'utf8')).toBe(text);
  });
});
