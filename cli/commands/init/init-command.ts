/** `init`: a hirefire.json to begin with, and the same values for HireFire's form. */
import { Command } from 'commander';
import { WEB_PROC_NAME } from '../../../lib/hirefire.protocol.js';
import { createConfig, CHECKUP_FREQUENCY } from '../../hirefire/managers/config-file.js';
import { configPath } from '../../hirefire/managers/config.js';
import { managerForms, type Setting } from '../../hirefire/managers/manager-forms.js';
import { DEFAULT_MANAGER, defaultManagers } from '../../hirefire/managers/managers-for.js';
import { UsageError } from '../../io/errors.js';
import { readRequiredProcfile } from '../../io/files.js';
import { printable } from '../../io/untrusted.js';
import { procfileOption } from '../options.js';

const NEXT = [
  ['simulate --page --every 1s', 'runs the Procfile on this machine, and scales it by this file'],
  ['check <url>', 'will HireFire understand the deployed app?'],
  ['plan <url>', 'which settings would be right for its jobs?'],
] as const;

export interface InitOptions {
  readonly procfile?: string;
  readonly force?: true;
}

export function initCommand(): Command {
  return new Command('init')
    .description("how do I begin? Writes hirefire.json, and prints the values for HireFire's form")
    .addOption(procfileOption())
    .option('--force', 'replaces a hirefire.json that exists')
    .action((options: InitOptions) => init(options, (line) => process.stdout.write(`${printable(line)}\n`)));
}

/** @throws UsageError */
export async function init({ procfile, force }: InitOptions, print: (line: string) => unknown): Promise<void> {
  const processes = [...(await readRequiredProcfile(procfile)).keys()];
  const managers = defaultManagers(processes);
  const path = configPath(undefined, procfile);
  if (!(await createConfig(path, managers, force === true))) {
    throw new UsageError(`${path} exists: keep it, or replace all of it with --force`);
  }
  print(`${path} is written, with a manager for ${[...managers.keys()].join(', ') || 'no process'}.`);
  [...formOf([...managers.keys()]), ...noteOfWeb(processes), ...next()].forEach((line) => print(line));
}

/** All managers are alike. */
function formOf(names: readonly string[]): string[] {
  if (names.length === 0) {
    return ['', 'There is no process in the Procfile that job queues scale: add one such as "worker".'];
  }
  const settings = managerForms().find(({ type }) => type === DEFAULT_MANAGER.type)?.settings ?? [];
  return [
    ...['', `In HireFire, set the checkup frequency of the app to ${CHECKUP_FREQUENCY} seconds, and add a manager`],
    ...[`of the type Job Queue for ${names.join(', ')}:`, ''],
    ...columns(settings.map((setting) => [setting.label, defaultText(setting)])),
  ];
}

function defaultText({ default: value }: Setting): string {
  return typeof value === 'boolean' ? (value ? 'on' : 'off') : String(value);
}

function noteOfWeb(processes: readonly string[]): string[] {
  return processes.includes(WEB_PROC_NAME)
    ? ['', 'web has no manager: its dynos stay as they are, until you add one of the type request-queue-time.']
    : [];
}

function next(): string[] {
  return ['', 'Next:', '', ...columns(NEXT.map(([command, what]) => [`npx nestjs-hirefire ${command}`, what]))];
}

function columns(rows: readonly (readonly [left: string, right: string])[]): string[] {
  const width = Math.max(...rows.map(([left]) => left.length));
  return rows.map(([left, right]) => `  ${left.padEnd(width)}  ${right}`);
}
