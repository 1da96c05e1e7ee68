/** docs/check.md and docs/watch.md: what they show is what there is. */
import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterEach, describe, expect, it } from '@jest/globals';
import { CHECKS } from '../../cli/commands/check/result.js';
import { parseConfig } from '../../cli/hirefire/managers/config.js';
import { configJsonSchema } from '../../cli/hirefire/managers/json-schema.js';
import { RESOURCE } from '../../lib/hirefire.protocol.js';
import { CommandRun } from '../support/command-run.js';
import { codeOf, PAGES } from '../docs/pages.js';
import { agent, AGENT_HEADERS, closeServers, serve, TOKEN } from './support/servers.js';

afterEach(closeServers);

function page(path: string): (typeof PAGES)[number] {
  const found = PAGES.find((one) => one.path === path);
  if (found === undefined) {
    throw new Error(`there is no ${path}`);
  }
  return found;
}

/** The keys of every object in a JSON schema. */
function fieldsOf(schema: unknown): string[] {
  if (typeof schema !== 'object' || schema === null) {
    return [];
  }
  const own =
    'properties' in schema && typeof schema.properties === 'object' ? Object.keys(schema.properties ?? {}) : [];
  return [...own, ...Object.values(schema).flatMap(fieldsOf)];
}

describe('docs/check.md', () => {
  const { text, ...check } = page('docs/check.md');

  it('shows what the command prints', async () => {
    const [shown = ''] = codeOf({ text, ...check }, 'text');
    const { url } = await serve(
      agent({
        headers: { ...AGENT_HEADERS, 'hirefire-resource': RESOURCE },
        info: [
          { name: 'urgent', value: 0.25 },
          { name: 'worker', value: 3 },
        ],
      }),
    );
    const run = CommandRun.nestjsHirefire(['check', url, '--token', TOKEN, '--procfile', 'test/cli/Procfile']);
    expect(await run.ended()).toBe(0);
    const steady = (output: string): string =>
      output
        .trim()
        .replace(/\d+ ms/g, 'N ms')
        .replace(url, 'https://your-app.herokuapp.com');
    expect(steady(run.text)).toBe(steady(shown));
  });

  it('explains every check', () => {
    const rows = [...text.matchAll(/^\| `([a-z][a-z-]+)` +\|/gm)].map(([, id]) => id);
    expect(rows).toEqual(CHECKS);
  });
});

describe('docs/watch.md', () => {
  const watch = page('docs/watch.md');

  it('shows a hirefire.json that is right', () => {
    const [config = ''] = codeOf(watch, 'json');
    expect([...parseConfig(config).managers.keys()]).toEqual(['worker', 'urgent']);
  });

  it('names every field', () => {
    const fields = [...new Set(fieldsOf(JSON.parse(configJsonSchema())))].filter(
      (name) => !['$schema', 'type'].includes(name),
    );
    expect(fields.length).toBeGreaterThan(20);
    expect(fields.filter((name) => !watch.text.includes(`\`${name}\``))).toEqual([]);
  });
});

describe('docs/plan.md', () => {
  const plan = page('docs/plan.md');

  it('shows what the command prints for the trace of the sample', async () => {
    const [config = ''] = codeOf(plan, 'json');
    const [shown] = codeOf(plan, 'text');
    const command = codeOf(plan, 'sh').find((code) => code.includes('sample/'));
    const folder = await mkdtemp(join(tmpdir(), 'nestjs-hirefire-test-'));
    const path = join(folder, 'hirefire.json');
    await writeFile(path, config);
    const args = (command ?? '').trim().split(' ').slice(2);
    const { stdout } = await promisify(execFile)(process.execPath, ['dist/cli/main.js', ...args, '--config', path]);
    await rm(folder, { recursive: true });
    expect(stdout).toBe(shown);
  });
});

describe.each(['check', 'watch', 'plan'])('docs/%s.md', (command) => {
  it('names every option', async () => {
    const run = CommandRun.nestjsHirefire([command, '--help']);
    expect(await run.ended()).toBe(0);
    const options = [...run.text.matchAll(/^ {2}(?:-\w, )?(--[\w-]+)/gm)].map(([, name = '']) => name);
    const documented = readFileSync(`docs/${command}.md`, 'utf8');
    expect(options).toEqual(expect.arrayContaining(['--token', '--help']));
    expect(options.filter((name) => name !== '--help' && !documented.includes(`| \`${name}`))).toEqual([]);
  });
});
