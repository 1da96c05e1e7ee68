/** A project as `nest new` makes it, with this package and the documentation's code in it. */
import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { codeOf, exchangesOf, folderNameOf, PAGES, type Page } from '../docs/pages.js';
import { run } from '../package/run.js';
import { TARBALL, WORK_FOLDER } from '../package/tarball.js';

const FLAGS = ['--prefer-offline', '--no-audit', '--no-fund', '--strict-peer-deps'];
const README = PAGES.filter(({ path }) => path === 'README.md');

/** The imports that work here; code that needs any other package is tested where that package is installed. */
const INSTALLED = /^(express|@nestjs\/[\w-]+|bull|bullmq|nestjs-hirefire(\/[\w-]+)?|node:[\w/]+)$/;

/** A command of the README, with the answer there and the answer here. */
export interface Exchange {
  readonly command: string;
  readonly promised: string;
  readonly answer: string;
}

export class Scaffold {
  readonly folder: string;
  readonly #workshop: string;

  constructor(private readonly nest: number) {
    this.#workshop = join(WORK_FOLDER, `cli-${nest}`);
    this.folder = join(this.#workshop, 'app');
  }

  async make(): Promise<void> {
    await mkdir(this.#workshop);
    await writeFile(join(this.#workshop, 'package.json'), '{ "private": true }');
    await succeed('npm', ['install', ...FLAGS, `@nestjs/cli@${this.nest}`, 'pnpm@10'], this.#workshop);
    const options = ['--skip-git', '--skip-install', '--strict', '--package-manager', 'npm'];
    await succeed('node_modules/.bin/nest', ['new', 'app', ...options], this.#workshop);
  }

  /** Runs the README's line for a library on this major of Nest, with the tarball instead of the published package. */
  async install(library: 'bull' | 'bullmq'): Promise<void> {
    const lines = README.flatMap((page) => codeOf(page, 'sh')).flatMap((code) => code.split('\n'));
    const line = lines.find((command) => command.includes(` @nestjs/${library}@${this.nest} `)) ?? '';
    const [npm = '', ...args] = line.replace(/ +#.*/, '').replace('nestjs-hirefire', TARBALL).split(' ');
    await succeed(npm, [...args, ...FLAGS], this.folder);
  }

  /** Writes every block as it stands: the README's into src/, each page's into its own folder. */
  async paste(pages: readonly Page[] = PAGES): Promise<readonly string[]> {
    const pasted: string[] = [];
    for (const page of pages) {
      const folder = page.path === 'README.md' ? 'src' : join('src', folderNameOf(page));
      for (const [name, code] of page.files) {
        const needed = [...code.matchAll(/ from '([^']+)'/g)].map(([, specifier = '']) => specifier);
        if (needed.every((specifier) => INSTALLED.test(specifier))) {
          const path = join(folder, name);
          await mkdir(dirname(join(this.folder, path)), { recursive: true });
          await writeFile(join(this.folder, path), code);
          pasted.push(path);
        }
      }
    }
    return pasted;
  }

  /** The README's app, and no other code. */
  async pasteReadme(): Promise<void> {
    await this.paste(README);
  }

  /** Runs the README's session in the project's folder. */
  async session(port: number, env: Readonly<Record<string, string>>): Promise<readonly Exchange[]> {
    const answers: Exchange[] = [];
    for (const { command, answer } of README.flatMap(exchangesOf)) {
      const shell = command.replace('localhost:3000', `127.0.0.1:${port}`);
      const { stdout, stderr } = await run('sh', ['-c', shell], { cwd: this.folder, env });
      answers.push({ command, promised: answer, answer: (stdout + stderr).trim() });
    }
    return answers;
  }

  /** Runs a script of the project, which must succeed, and gives what it printed. */
  npm(...args: string[]): Promise<string> {
    return succeed('npm', args, this.folder);
  }

  /** The project's ESLint report on each file, with or without errors. */
  async eslint(): Promise<string> {
    const { stdout } = await run('npm', ['exec', '--', 'eslint', '--format', 'json', 'src/**/*.ts'], {
      cwd: this.folder,
      timeout: 120_000,
    });
    return stdout;
  }

  /** Type-checks the project where pnpm has installed it: no package is found there that package.json does not name. */
  async typecheckWithPnpm(): Promise<void> {
    const folder = join(this.#workshop, 'pnpm');
    await succeed('cp', ['-r', this.folder, folder], this.#workshop);
    await succeed('rm', ['-rf', 'node_modules', 'package-lock.json', 'dist'], folder);
    const pnpm = join(this.#workshop, 'node_modules/pnpm/bin/pnpm.cjs');
    await succeed(process.execPath, [pnpm, 'install', '--prefer-offline', '--ignore-scripts'], folder);
    await succeed(process.execPath, [pnpm, 'exec', 'tsc', '--noEmit', '-p', 'tsconfig.json'], folder);
  }
}

async function succeed(command: string, args: readonly string[], cwd: string): Promise<string> {
  const { ok, stdout, stderr } = await run(command, args, { cwd, timeout: 200_000 });
  if (!ok) {
    throw new Error(`${command} ${args.join(' ')} failed:\n${stdout}\n${stderr}`);
  }
  return stdout + stderr;
}
