/** The demo's command line. */
import { realpath } from 'node:fs/promises';
import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { BACKENDS, type Backend } from './backends.js';

const NAMES = new Intl.ListFormat('en-GB', { type: 'disjunction' }).format(Object.keys(BACKENDS));

export const USAGE = `npm run demo -- [folder] [--out <folder>] [--ratio <jobs>] [--maximum <dynos>] [--backend <library>] [--page]

  folder      its files are compressed and digested; by default the project's own node_modules
  --out       where the results are kept; by default they are checked and removed
  --ratio     jobs that one dyno is hired for (4000)
  --maximum   dynos of one process type at most (4)
  --backend   the queue library of the sample app: ${NAMES} (bull)
  --page      live charts in a browser`;

export interface DemoOptions {
  readonly folder: string;
  readonly out: string | undefined;
  readonly ratio: number;
  readonly maximum: number;
  readonly backend: Backend;
  readonly page: boolean;
}

/** @throws Error that says what is wrong with the command line */
export async function optionsFrom(args: readonly string[], root: string): Promise<DemoOptions | 'help'> {
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: {
      out: { type: 'string' },
      ratio: { type: 'string', default: '4000' },
      maximum: { type: 'string', default: '4' },
      backend: { type: 'string', default: 'bull' },
      page: { type: 'boolean', default: false },
      help: { type: 'boolean', short: 'h', default: false },
    },
  });
  if (values.help) {
    return 'help';
  }
  const [folder, ...more] = positionals;
  if (more.length > 0) {
    throw new Error(`One folder at a time, not also ${more.join(' and ')}.\n\n${USAGE}`);
  }
  // npm changes to the project's folder, and says in INIT_CWD where the user is.
  const here = process.env.INIT_CWD ?? process.cwd();
  return {
    folder: await realpath(folder === undefined ? resolve(root, 'node_modules') : resolve(here, folder)),
    out: values.out === undefined ? undefined : resolve(here, values.out),
    ratio: atLeastOne('--ratio', values.ratio),
    maximum: atLeastOne('--maximum', values.maximum),
    backend: backendOf(values.backend),
    page: values.page,
  };
}

function atLeastOne(name: string, text: string): number {
  const value = Number(text);
  if (!Number.isInteger(value) || value < 1) {
    throw new Error(`${name} must be a whole number of at least 1, not "${text}".`);
  }
  return value;
}

function backendOf(name: string): Backend {
  const backend = Object.hasOwn(BACKENDS, name) ? BACKENDS[name] : undefined;
  if (backend === undefined) {
    throw new Error(`--backend must be ${NAMES}, not "${name}".`);
  }
  return backend;
}
