/** `init` on real files: the file that it writes is complete and right, and no file is lost. */
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { init, initCommand } from '../../../../cli/commands/init/init-command.js';
import { readConfig } from '../../../../cli/hirefire/managers/config.js';
import { configJsonSchema } from '../../../../cli/hirefire/managers/json-schema.js';
import { defaultManagers } from '../../../../cli/hirefire/managers/managers-for.js';
import { UsageError } from '../../../../cli/io/errors.js';
import { recordOf } from '../../../../cli/io/untrusted.js';
import { codeOf, PAGES } from '../../../docs/pages.js';
import { rejectionOf } from '../../support/errors.js';

const PROCFILE = 'web: node dist/main.js\nrelease: node dist/migrate.js\nworker: node dist/worker.js\n';

let folder: string;
let procfile: string;
let path: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'nestjs-hirefire-test-'));
  [procfile, path] = [join(folder, 'Procfile'), join(folder, 'hirefire.json')];
  await writeFile(procfile, PROCFILE);
});

afterEach(() => rm(folder, { recursive: true }));

/** The printed lines. */
async function printed(options: { readonly force?: true } = {}): Promise<string> {
  const lines: string[] = [];
  await init({ procfile, ...options }, (line) => lines.push(line));
  return lines.join('\n').replaceAll(path, 'hirefire.json');
}

const written = async (): Promise<Readonly<Record<string, unknown>>> =>
  recordOf(JSON.parse(await readFile(path, 'utf8')));

/** The fields that a part of the schema has. */
const fieldsOf = (schema: unknown): string[] => Object.keys(recordOf(recordOf(schema).properties));

describe('the file', () => {
  it("has simulate's default for each process that it scales, every field, and the schema", async () => {
    await printed();
    const { managers, ...top } = await written();
    expect((await readConfig(path))?.managers).toEqual(defaultManagers(['web', 'release', 'worker']));
    expect(top).toMatchObject({
      $schema: 'node_modules/nestjs-hirefire/hirefire.schema.json',
      ...{ checkupFrequency: 60, timeZone: 'UTC', dynoPrices: {} },
    });
    const schema = recordOf(JSON.parse(configJsonSchema()));
    expect(['managers', ...Object.keys(top)].sort()).toEqual(fieldsOf(schema).sort());
    const [form] = recordOf(recordOf(recordOf(schema.properties).managers).additionalProperties).oneOf as unknown[];
    expect(Object.keys(recordOf(recordOf(managers).worker)).sort()).toEqual(fieldsOf(form).sort());
  });

  it('is right for an app without workers too', async () => {
    await writeFile(procfile, 'web: node dist/main.js\n');
    expect(await printed()).toContain('no process in the Procfile that job queues scale');
    expect((await readConfig(path))?.managers).toEqual(new Map());
  });

  it('stays if it exists, unless --force is given', async () => {
    await writeFile(path, '{ "managers": {}, ');
    expect(await rejectionOf(printed(), UsageError)).toBe(`${path} exists: keep it, or replace all of it with --force`);
    expect(await readFile(path, 'utf8')).toBe('{ "managers": {}, ');
    await printed({ force: true });
    expect((await readConfig(path))?.managers.size).toBe(1);
    expect((await readdir(folder)).sort()).toEqual(['Procfile', 'hirefire.json']);
  });

  it.each([
    ['', /Procfile, line 1: no process in it/],
    ['worker: a\nworker: b\n', /Procfile, line 2: the process "worker" is already on line 1/],
  ])('is not written for the Procfile %j', async (text, message) => {
    await writeFile(procfile, text);
    expect(await rejectionOf(printed(), UsageError)).toMatch(message);
    expect(await readdir(folder)).toEqual(['Procfile']);
  });

  it('is not written without a Procfile', async () => {
    await rm(procfile);
    expect(await rejectionOf(printed(), UsageError)).toMatch(/--procfile: there is no file .*Procfile: /);
    expect(await readdir(folder)).toEqual([]);
  });
});

describe('the output', () => {
  const page = PAGES.find((one) => one.path === 'docs/init.md');

  it("is the values of HireFire's form and what to run next, as in docs/init.md", async () => {
    const [shown] = page ? codeOf(page, 'text') : [];
    expect(`${await printed()}\n`).toBe(shown);
  });

  it.each(initCommand().options.map(({ long }) => long))('has the option %s, which docs/init.md explains', (option) => {
    expect(page?.text).toContain(`| \`${option}`);
  });
});
