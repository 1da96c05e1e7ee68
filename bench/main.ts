/** `npm run bench` writes its numbers into docs/benchmarks.md; `npm run bench -- <backend>` prints those of one backend. */
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
const backends = BACKENDS.filter(({ name }) => name.toLowerCase().includes(wanted.toLowerCase()));
if (backends.length === 0) {
  throw new Error(`There is no backend "${wanted}", only ${BACKENDS.map(({ name }) => name).join(', ')}.`);
}
const loadBefore = load();
const rows: Comparison[] = [];
for (const backend of backends) {
  rows.push(...(await measurePolls(backend)));
}
const polls = tableOf(['backend', 'metric', 'jobs'], rows);
process.stdout.write(`${polls}\n`);
if (!wanted) {
  const protect = tableOf(['a size of', 'jobs'], [await measureProtect()]);
  const apps: Comparison[] = [];
  for (const host of HOSTS) {
    apps.push(await measureApps(host));
  }
  const run = [
    `Measured on ${new Date().toISOString().slice(0, 10)}: ${cpus()[0]?.model.trim() ?? 'an unknown processor'},`,
    `${availableParallelism()} cores, ${type()}, Node ${process.version}; load average ${loadBefore} before and ${load()} after.`,
  ].join('\n');
  const page = Object.entries({ run, polls, protect, web: tableOf(['a request of'], apps) }).reduce(
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
