/** `npm run bench` puts its numbers into docs/benchmarks.md; `npm run bench -- <backend>` prints those of a backend only. */
import 'reflect-metadata';
import { readFile, writeFile } from 'node:fs/promises';
import { availableParallelism, cpus, loadavg, type } from 'node:os';
import { format, resolveConfig } from 'prettier';
import { BACKENDS } from './backends.js';
import { measurePolls } from './polls.js';
import { noiseIn, tableOf, type Row } from './table.js';
import { HOSTS, measureApps } from './web-apps.js';
import { measureFunction } from './web-function.js';

const PAGE = 'docs/benchmarks.md';

const [, , wanted = ''] = process.argv;
const backends = BACKENDS.filter(({ name }) => name.toLowerCase().includes(wanted.toLowerCase()));
if (backends.length === 0) {
  throw new Error(`There is no backend "${wanted}", only ${BACKENDS.map(({ name }) => name).join(', ')}.`);
}
const loadBefore = load();
const polls: Row[] = [];
for (const backend of backends) {
  polls.push(...(await measurePolls(backend)));
}
const pollTable = tableOf(['backend', 'metric', 'queues', 'jobs'], polls);
process.stdout.write(`${pollTable}\n`);
if (!wanted) {
  const web: Row[] = [{ of: ['the function'], unit: 'ns', ...(await measureFunction()) }];
  for (const host of HOSTS) {
    web.push({ of: [`a request, ${host}`], unit: 'µs', ...(await measureApps(host)) });
  }
  const run = [
    `Measured on ${new Date().toISOString().slice(0, 10)}: ${cpus()[0]?.model.trim() ?? 'an unknown processor'},`,
    `${availableParallelism()} cores, ${type()}, Node ${process.version}; load average ${loadBefore} before and ${load()} after.`,
    `Noise: the floor costs ${noiseIn(polls)} times itself in the first table, ${noiseIn(web)} times in the second.`,
  ].join('\n');
  const page = Object.entries({ run, polls: pollTable, web: tableOf(['of'], web) }).reduce(
    (text, [name, part]) =>
      text.replace(
        new RegExp(`(<!-- ${name} -->)[^]*(<!-- /${name} -->)`),
        (_, open, close) => `${open}\n\n${part}\n\n${close}`,
      ),
    await readFile(PAGE, 'utf8'),
  );
  await writeFile(PAGE, await format(page, { ...(await resolveConfig(PAGE)), filepath: PAGE }));
}
// The connection of Judoscale's agent has no end.
process.exit();

function load(): string {
  return loadavg()[0]?.toFixed(1) ?? '';
}
