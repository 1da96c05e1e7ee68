/** `npm run bench:web`: what the option `web` costs a request. */
import { writeFile } from 'node:fs/promises';
import { markdownTable, plainTable, writeSection } from '../support/document.js';
import { load, machine } from '../support/machine.js';
import { measureInRounds } from '../support/rounds.js';
import { SPREAD } from '../support/statistics.js';
import { measureFunctions } from './function.js';
import { optionsFrom, USAGE, type WebOptions } from './options.js';
import {
  appRows,
  APPS,
  APPS_HEAD,
  functionRows,
  FUNCTIONS_HEAD,
  partsOf,
  picture,
  verdicts,
  type AppCosts,
} from './results.js';
import { measureRequests } from './server.js';
import { Sink } from './sink.js';

const DOCUMENT = 'docs/benchmarks.md';
const PICTURE = 'docs/bench-web.svg';

async function measureApps({ rounds, load }: WebOptions): Promise<AppCosts> {
  const sink = await Sink.start();
  try {
    return await measureInRounds(
      APPS,
      (app) => {
        const { host, agent } = partsOf(app);
        return measureRequests(host, agent, sink, load[host]);
      },
      // Each process is warmed up by itself.
      { rounds, warmUps: 0, onTurn: (app, round) => process.stderr.write(`round ${round} of ${rounds}: ${app}\n`) },
    );
  } finally {
    await sink.stop();
  }
}

async function run(options: WebOptions): Promise<void> {
  const { rounds, functionProcesses, functionRounds } = options;
  const loadBefore = load();
  process.stderr.write('the function alone\n');
  const functions = await measureFunctions(functionProcesses, functionRounds);
  const apps = await measureApps(options);

  const { processor, memory, system, node } = machine();
  const conditions = [
    `Machine: ${processor}, ${memory}; ${system}; Node ${node}; load average ${loadBefore} before and ${load()} after.`,
    `Apps, rounds: ${rounds}; in each, every app is started, warmed up and measured, in an order of chance. ` +
      `Function, processes: ${functionProcesses}; rounds in each: ${functionRounds}.`,
    `Ratios: ${SPREAD}.`,
  ];
  const findings = verdicts(apps, functions);
  process.stdout.write(
    [
      '',
      plainTable(APPS_HEAD, appRows(apps)),
      '',
      plainTable(FUNCTIONS_HEAD, functionRows(functions)),
      '',
      ...findings,
      '',
      ...conditions,
      '',
    ].join('\n'),
  );
  if (options.write) {
    await writeFile(PICTURE, picture(apps));
    const command = ['npm run bench:web --', `--rounds ${rounds}`, '--write'].join(' ');
    await writeSection(
      DOCUMENT,
      'bench:web',
      [
        `\`${command}\` on ${new Date().toISOString().slice(0, 10)}:`,
        markdownTable(APPS_HEAD, appRows(apps)),
        markdownTable(FUNCTIONS_HEAD, functionRows(functions)),
        findings.map((finding) => `- ${finding}`).join('\n'),
        conditions.map((condition) => `- ${condition}`).join('\n'),
      ].join('\n\n'),
    );
  }
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
