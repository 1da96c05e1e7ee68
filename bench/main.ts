/** `npm run bench` writes its numbers into docs/benchmarks.md; `-- web` those of `web` alone; `-- <backend>` prints those of one backend. */
import 'reflect-metadata';
import { readFile, writeFile } from 'node:fs/promises';
import { availableParallelism, cpus, loadavg, type } from 'node:os';
import { format, resolveConfig } from 'prettier';
import { tableOf, type Comparison } from './compare.js';
import { measurePolls } from './polls.js';
import { measureProtect } from './protect.js';
import { ON_POSTGRES } from './postgres.js';
import { ON_REDIS } from './redis.js';
import { HOSTS, measureApps } from './web-apps.js';

const PAGE = 'docs/benchmarks.md';
const BACKENDS = [...ON_REDIS, ...ON_POSTGRES];

const [, , wanted = ''] = process.argv;
const loadBefore = load();
if (wanted === 'web') {
  const web = await requests();
  await write({ web: `${web}\n\n${measured()}` });
} else if (wanted) {
  process.stdout.write(`${await polls(wanted)}\n`);
} else {
  const all = {
    polls: await polls(''),
    protect: tableOf(['a size of', 'jobs'], [await measureProtect()]),
    web: await requests(),
  };
  await write({ run: measured(), ...all });
}

async function polls(name: string): Promise<string> {
  const backends = BACKENDS.filter((backend) => backend.name.toLowerCase().includes(name.toLowerCase()));
  if (backends.length === 0) {
    throw new Error(`There is no backend "${name}", only ${BACKENDS.map((backend) => backend.name).join(', ')}.`);
  }
  const rows: Comparison[] = [];
  for (const backend of backends) {
    rows.push(...(await measurePolls(backend)));
  }
  return tableOf(['backend', 'metric', 'jobs'], rows);
}

async function requests(): Promise<string> {
  const apps: Comparison[] = [];
  for (const host of HOSTS) {
    apps.push(await measureApps(host));
  }
  return tableOf(['a request of'], apps);
}

function measured(): string {
  return [
    `Measured on ${new Date().toISOString().slice(0, 10)}: ${cpus()[0]?.model.trim() ?? 'an unknown processor'},`,
    `${availableParallelism()} cores, ${type()}, Node ${process.version}; load average ${loadBefore} before and ${load()} after.`,
  ].join('\n');
}

async function write(parts: Readonly<Record<string, string>>): Promise<void> {
  const page = Object.entries(parts).reduce(
    (text, [name, part]) =>
      text.replace(
        new RegExp(`(<!-- ${name} -->)[^]*(<!-- /${name} -->)`),
        (_, open, close) => `${open}\n\n${part}\n\n${close}`,
      ),
    await readFile(PAGE, 'utf8'),
  );
  await writeFile(PAGE, await format(page, { ...(await resolveConfig(PAGE)), filepath: PAGE }));
}

function load(): string {
  return loadavg()[0]?.toFixed(1) ?? '';
}
