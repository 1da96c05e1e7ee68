/** A project as `nest new` makes it, with this package and the documentation's code in it. */
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { codeOf, exchangesOf, PAGES, type Page, type Project } from '../docs/pages.js';
import { run } from '../package/run.js';
import { TARBALL, WORK_FOLDER } from '../package/tarball.js';

const FLAGS = ['--prefer-offline', '--no-audit', '--no-fund', '--strict-peer-deps'];
const README = PAGES.filter(({ path }) => path === 'README.md');

/** The imports that work here; code that needs any other package is tested where that package is installed. */
const INSTALLED =
  /^(express|rxjs|@nestjs\/[\w-]+|bull|bullmq|pg-boss|amqplib|amqp-connection-manager|nestjs-hirefire(\/[\w-]+)?|node:[\w/]+)$/;

/** Requires Nest 11. */
const GOLEVELUP = '@golevelup/nestjs-rabbitmq';

/** npm chooses pg-boss by Node: a page's project for the other one does not work here. */
const OTHER_PG_BOSS = Number.parseInt(process.versions.node) < 22 ? 'pg-boss 12' : 'pg-boss 10 and 11';

/** A page with a recipe for each of several libraries, and one of them. */
interface Recipe {
  readonly page: Page;
  readonly project: Project;
}
const RECIPES: readonly Recipe[] = PAGES.flatMap((page) =>
  page.projects.filter(({ label }) => label !== undefined).map((project) => ({ page, project })),
);

/** A command of a page, with the answer there and the answer here. */
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

  /** Runs the lines of the pages with recipes, for this major of Nest, all at once. */
  async installRecipes(): Promise<void> {
    const here = `${this.nest}`;
    const lines = [...new Set(RECIPES.map(({ page }) => page))]
      .flatMap((page) => codeOf(page, 'sh'))
      .flatMap((code) => code.split('\n'))
      .filter(
        (line) => line.startsWith('npm install nestjs-hirefire ') && (/, Nest (\d+)$/.exec(line)?.[1] ?? here) === here,
      );
    const packages = lines.flatMap((line) => line.replace(/ +#.*/, '').split(' ').slice(3));
    await succeed('npm', ['install', ...FLAGS, ...new Set(packages)], this.folder);
  }

  /** The recipes whose library can be installed here. */
  recipes(): readonly Recipe[] {
    return RECIPES.filter(
      ({ project: { label, files } }) =>
        label !== OTHER_PG_BOSS && [...files.keys()].every((name) => this.#works(files, name)),
    );
  }

  /** Writes every block as it stands: the README's into src/, each page's into its own folder. */
  async paste(pages: readonly Page[] = PAGES): Promise<readonly string[]> {
    const pasted: string[] = [];
    const entry = await readFile(join(this.folder, 'src/main.ts'), 'utf8');
    for (const { folder: name, label, files } of pages.flatMap(({ projects }) => projects)) {
      const folder = name === 'readme' ? 'src' : join('src', name);
      const usable = label === OTHER_PG_BOSS ? [] : [...files].filter(([file]) => this.#works(files, file));
      for (const [file, code] of usable) {
        await this.#write(join(folder, file), code);
        pasted.push(join(folder, file));
      }
      if (label !== undefined && usable.length === files.size) {
        // A recipe replaces the module of the CLI's app, and keeps its entry point.
        await this.#write(join(folder, 'main.ts'), entry);
      }
    }
    return pasted;
  }

  async #write(path: string, code: string): Promise<void> {
    const file = join(this.folder, path);
    await mkdir(dirname(file), { recursive: true });
    await writeFile(file, code);
  }

  /** True if all imports of a file can be resolved here, and those of the files that it imports. */
  #works(files: ReadonlyMap<string, string>, name: string): boolean {
    const code = files.get(name);
    const specifiers = [...(code ?? '').matchAll(/ from '([^']+)'/g)].map(([, specifier = '']) => specifier);
    return (
      code !== undefined &&
      specifiers.every((specifier) =>
        specifier.startsWith('./')
          ? this.#works(files, specifier.slice(2).replace(/js$/, 'ts'))
          : INSTALLED.test(specifier) || (specifier === GOLEVELUP && this.nest === 11),
      )
    );
  }

  /** The README's app, and no other code. */
  async pasteReadme(): Promise<void> {
    await this.paste(README);
  }

  /** Runs the README's session, or another page's, in the project's folder. */
  async session(port: number, env: Readonly<Record<string, string>>, pages = README): Promise<readonly Exchange[]> {
    const answers: Exchange[] = [];
    for (const { command, answer } of pages.flatMap(exchangesOf)) {
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
