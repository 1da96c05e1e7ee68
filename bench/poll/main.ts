/** `npm run bench:poll`: what one poll costs. */
import { writeFile } from 'node:fs/promises';
import { markdownTable, plainTable, writeSection } from '../support/document.js';
import { load, machine } from '../support/machine.js';
import { SPREAD } from '../support/statistics.js';
import { HTTP_HEAD, httpRows } from './http-results.js';
import { measureHttp, type HttpResult } from './http.js';
import { optionsFrom, USAGE, type PollOptions } from './options.js';
import { measurePolls, type CaseResult } from './polls.js';
import { backlogTables, detailTables, nameOf, picture, timeTables, type Table } from './results.js';
import { VERDICTS_HEAD, verdictRows } from './verdicts.js';

const DOCUMENT = 'docs/benchmarks.md';
const PICTURE = 'docs/bench-poll.svg';
const SECTION = 'bench:poll';

async function run({ plan, command, write }: PollOptions): Promise<void> {
  const start = performance.now();
  const loadBefore = load();
  const polls = await measurePolls(plan, (one) => process.stderr.write(`${nameOf(one)}\n`));
  const http = await measureHttp(plan.http, (text) => process.stderr.write(`${text}\n`));

  const { processor, memory, system, node } = machine();
  const minutes = ((performance.now() - start) / 60_000).toFixed(1);
  const conditions = [
    `Machine: ${processor}, ${memory}; ${system}; Node ${node}; load average ${loadBefore} before and ${load()} after.`,
    `The run took ${minutes} minutes. Polls over HTTP, rounds: ${plan.http.rounds}.`,
    `Ratios: ${SPREAD}.`,
  ];
  const found: Found = { polls, http, conditions };
  process.stdout.write(`${terminalText(found, plan)}\n`);
  if (write) {
    await writeFile(PICTURE, picture(polls, plan));
    await writeSection(DOCUMENT, SECTION, documentText(found, plan, command));
  }
}

interface Found {
  readonly polls: readonly CaseResult[];
  readonly http: readonly HttpResult[];
  readonly conditions: readonly string[];
}

function terminalText({ polls, http, conditions }: Found, plan: PollOptions['plan']): string {
  const tables: Table[] = [
    ...detailTables(polls, plan),
    ...backlogTables(polls, plan),
    { title: 'Polls over HTTP', head: HTTP_HEAD, rows: httpRows(http) },
    { title: 'Targets', head: VERDICTS_HEAD, rows: verdictRows(polls, plan) },
  ];
  return [...tables.map(({ title, head, rows }) => `\n${title}\n\n${plainTable(head, rows)}`), '', ...conditions].join(
    '\n',
  );
}

function documentText({ polls, http, conditions }: Found, plan: PollOptions['plan'], command: string): string {
  return [
    `\`${command}\` on ${new Date().toISOString().slice(0, 10)}:`,
    conditions.map((condition) => `- ${condition}`).join('\n'),
    '### The targets',
    markdownTable(VERDICTS_HEAD, verdictRows(polls, plan)),
    `### Times with ${plan.usual.name}`,
    ...timeTables(polls, plan).map(titled),
    '### Backlogs',
    ...backlogTables(polls, plan).map(titled),
    '### The whole poll over HTTP',
    markdownTable(HTTP_HEAD, httpRows(http)),
    '### Details',
    ...detailTables(polls, plan).map(folded),
  ].join('\n\n');
}

function titled({ title, head, rows }: Table): string {
  return `${title}:\n\n${markdownTable(head, rows)}`;
}

function folded({ title, head, rows }: Table): string {
  return `<details>\n<summary>${title}</summary>\n\n${markdownTable(head, rows)}\n\n</details>`;
}

try {
  const options = optionsFrom(process.argv.slice(2));
  if (options === 'help') {
    process.stdout.write(`${USAGE}\n`);
  } else {
    await run(options);
  }
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
}
