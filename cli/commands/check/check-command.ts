/** `check <url>`: will HireFire understand the app there? */
import { Command, Option } from 'commander';
import { DEVELOPMENT_TOKEN } from '../../../lib/hirefire.protocol.js';
import { parseBaseUrl } from '../../hirefire/base-url.js';
import { readProcfile } from '../../io/files.js';
import { parsedBy, plainOption, procfileOption, tokenOption } from '../options.js';
import { hasColors, paint } from '../../io/terminal.js';
import { tokenFor } from '../../hirefire/token.js';
import { UsageError } from '../../io/errors.js';
import { excerpt, printable } from '../../io/untrusted.js';
import { AskedApp } from './asked-app.js';
import type { Result, Status } from './result.js';
import { runChecks } from './run-checks.js';

const DEFAULT_POLLS = 5;
const MAX_POLLS = 1000;

interface Options {
  readonly token?: string;
  readonly procfile?: string;
  readonly polls: number;
  readonly json?: true;
  readonly plain?: true;
}

export function checkCommand(): Command {
  return new Command('check')
    .description('will HireFire understand my deployed app?')
    .argument('<url>', 'the URL of the app')
    .addOption(tokenOption())
    .addOption(procfileOption())
    .addOption(
      new Option('--polls <count>', 'polls whose time is taken').argParser(parsedBy(pollsOf)).default(DEFAULT_POLLS),
    )
    .option('--json', 'the same as JSON: an array of { id, status, message, seen? }')
    .addOption(plainOption())
    .action(async (url: string, options: Options) => {
      const base = parseBaseUrl(url);
      const app = new AskedApp(base, await tokenFor(base, options.token));
      const procfile = await readProcfile(options.procfile);
      const isColorful = hasColors(process.stdout, options.plain === true);
      const results: Result[] = [];
      await runChecks({ app, procfile, polls: options.polls }, (id, finding) => {
        const result = { id, ...finding, message: printable(finding.message) };
        results.push(result);
        if (options.json !== true) {
          process.stdout.write(resultLine(result, isColorful));
        }
      });
      const isFine = results.every(({ status }) => status !== 'fail');
      if (options.json === true) {
        process.stdout.write(`${JSON.stringify(results, undefined, 2)}\n`);
      } else if (isFine) {
        const shown = excerpt(base.href.replace(/\/$/, ''), app.token);
        const token = app.token === DEVELOPMENT_TOKEN ? ` --token ${DEVELOPMENT_TOKEN}` : '';
        process.stdout.write(
          `\nNext: which settings are right for its jobs? npx nestjs-hirefire plan ${shown}${token}\n`,
        );
      }
      process.exitCode = isFine ? 0 : 1;
    });
}

function pollsOf(text: string): number {
  const polls = /^\d+$/.test(text) ? Number(text) : NaN;
  if (!(polls >= 1 && polls <= MAX_POLLS)) {
    throw new UsageError(`use a whole number from 1 to ${MAX_POLLS}`);
  }
  return polls;
}

const MARKS = {
  ok: ['✓', 'green'],
  warn: ['!', 'yellow'],
  fail: ['✗', 'red'],
  skip: ['-', 'grey'],
} as const satisfies Readonly<Record<Status, readonly [mark: string, color: string]>>;

function resultLine({ id, status, message, seen }: Result, isColorful: boolean): string {
  const [mark, color] = MARKS[status];
  const isWorthSeeing = seen !== undefined && (status === 'fail' || status === 'warn') && !message.includes(seen);
  const line = `${paint(color, mark, isColorful)} ${id.padEnd(18)}${message}`;
  return isWorthSeeing ? `${line} ${paint('grey', `(seen: ${seen})`, isColorful)}\n` : `${line}\n`;
}
