/** A user's project with the tarball installed, in which apps are compiled and run. */
import { cp, mkdir, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { redisUrl } from '../support/file-redis.js';
import { node, run } from './run.js';
import { TARBALL, WORK_FOLDER } from './tarball.js';

const resolve = createRequire(import.meta.url).resolve;
const FIXTURES = join(import.meta.dirname, 'consumers');
const JEST = join(dirname(resolve('jest/package.json')), 'bin/jest.js');

const COMPILE = join(import.meta.dirname, 'compile.ts');
const COMPLETE = join(import.meta.dirname, 'complete.ts');
const TSX = pathToFileURL(resolve('tsx')).href;

/** How a project of the consumer is compiled. */
export interface Compilation {
  readonly type: 'commonjs' | 'module';
  readonly module: string;
  readonly moduleResolution: string;
}

export class Consumer {
  readonly folder: string;

  constructor(
    name: string,
    private readonly dependencies: Readonly<Record<string, string>>,
  ) {
    this.folder = join(WORK_FOLDER, name);
  }

  /** Installs from the registry, and fails where a peer dependency is not met by what was asked for. */
  async install(): Promise<void> {
    await mkdir(this.folder);
    await this.#writeJson('package.json', {
      private: true,
      dependencies: { ...this.dependencies, 'nestjs-hirefire': `file:${TARBALL}` },
    });
    const flags = ['--prefer-offline', '--no-audit', '--no-fund', '--no-legacy-peer-deps', '--strict-peer-deps'];
    const { ok, stderr } = await run('npm', ['install', ...flags], { cwd: this.folder, timeout: 170_000 });
    if (!ok) {
      throw new Error(`npm install failed:\n${stderr}`);
    }
  }

  /** The installed packages by name, at any depth; fails if one is missing, or has a version that no package asks for. */
  async installed(): Promise<ReadonlySet<string>> {
    const { ok, stdout, stderr } = await run('npm', ['ls', '--all', '--parseable'], { cwd: this.folder });
    if (!ok) {
      throw new Error(`npm ls failed:\n${stdout}\n${stderr}`);
    }
    return new Set(stdout.split('\n').map((path) => path.replace(/^.*node_modules\//, '')));
  }

  /** Makes a project of a folder in consumers/, with its own module system and the consumer's packages. */
  async addProject(
    name: string,
    fixture: string,
    { type, module, moduleResolution }: Compilation,
    options: Readonly<Record<string, unknown>> = {},
  ): Promise<void> {
    await mkdir(join(this.folder, name));
    await cp(join(FIXTURES, fixture), join(this.folder, name, 'src'), { recursive: true });
    await this.#writeJson(`${name}/package.json`, { private: true, type });
    await this.#writeJson(`${name}/tsconfig.json`, {
      compilerOptions: {
        target: 'ES2022',
        module,
        moduleResolution,
        strict: true,
        exactOptionalPropertyTypes: true,
        noUncheckedIndexedAccess: true,
        noImplicitOverride: true,
        experimentalDecorators: true,
        emitDecoratorMetadata: true,
        esModuleInterop: true,
        skipLibCheck: false,
        types: ['node'],
        rootDir: 'src',
        outDir: 'out',
        ...options,
      },
      include: ['src'],
      exclude: ['**/*.spec.ts'],
    });
  }

  /**
   * Compiles a project and gives the complaints about its own files and about the types of nestjs-hirefire.
   *
   * @param typescript - the folder of another TypeScript than the consumer's own
   */
  async compile(name: string, typescript = join('node_modules', 'typescript')): Promise<unknown> {
    const args = ['--import', TSX, COMPILE, name, typescript];
    return JSON.parse(await node(args, { cwd: this.folder, timeout: 120_000 }));
  }

  /** The completions of an editor in a project, by the options of `@HireFireProc()`. */
  async completions(name: string): Promise<unknown> {
    return JSON.parse(await node(['--import', TSX, COMPLETE, name], { cwd: this.folder }));
  }

  /** Runs a compiled file of a project and gives what it printed. */
  run(name: string, file: string, env: Readonly<Record<string, string>> = {}): Promise<string> {
    return node([join('out', file)], { cwd: join(this.folder, name), env: { REDIS_URL: redisUrl(), ...env } });
  }

  /** Runs code of either module system with the consumer's packages, and returns its output. */
  evaluate(type: Compilation['type'], code: string): Promise<string> {
    return node([`--input-type=${type}`, '--eval', code], { cwd: this.folder });
  }

  /** Runs the project's own unit tests, in the module system that the project has. */
  async jest(name: string, type: Compilation['type']): Promise<string> {
    await this.#writeJson(`${name}/jest.config.json`, {
      testEnvironment: 'node',
      rootDir: 'src',
      extensionsToTreatAsEsm: type === 'module' ? ['.ts'] : [],
      moduleNameMapper: { '^(\\.{1,2}/.*)\\.js$': '$1' },
      transform: {
        '^.+\\.ts$': [
          resolve('@swc/jest'),
          {
            jsc: {
              target: 'es2022',
              parser: { syntax: 'typescript', decorators: true },
              transform: { legacyDecorator: true, decoratorMetadata: true },
              keepClassNames: true,
            },
            module: { type: type === 'module' ? 'es6' : 'commonjs' },
          },
        ],
      },
    });
    const flags = type === 'module' ? ['--experimental-vm-modules'] : [];
    const { ok, stderr } = await run(
      process.execPath,
      [...flags, JEST, '--config', 'jest.config.json', '--runInBand', '--no-cache'],
      { cwd: join(this.folder, name), env: { NODE_ENV: 'test', REDIS_URL: redisUrl() } },
    );
    if (!ok) {
      throw new Error(`jest failed:\n${stderr}`);
    }
    return stderr;
  }

  async #writeJson(path: string, content: object): Promise<void> {
    await writeFile(join(this.folder, path), JSON.stringify(content, null, 2));
  }
}
