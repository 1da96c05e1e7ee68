/** The README's promises, kept: its code compiles and runs, its commands exist, its answers are what the app answers. */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { execFile, spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { join } from 'node:path';
import { promisify } from 'node:util';
import ts from 'typescript';
import { PROC_NAME_PATTERN } from '../../lib/hirefire.protocol.js';
import { freePort } from '../../tools/redis-server.js';
import { redisUrl } from '../support/redis.js';

const run = promisify(execFile);

interface Block {
  readonly language: string;
  readonly code: string;
}

async function blocksOf(document: string): Promise<Block[]> {
  const text = await readFile(document, 'utf8');
  return [...text.matchAll(/^```(\w+)\n([^]*?)^```$/gm)].map(([, language = '', code = '']) => ({ language, code }));
}

const blocks = await blocksOf('README.md');
const of = (language: string) => blocks.filter((block) => block.language === language).map(({ code }) => code);

let folder: string;
const files = new Map<string, string>();

beforeAll(async () => {
  // Inside the project, so that the package and its peers are found by their names.
  folder = await mkdtemp('test/readme/.generated-');
  await writeFile(join(folder, 'package.json'), '{ "type": "module" }');
  for (const code of of('ts')) {
    const name = /^\/\/ (\S+\.ts)\n/.exec(code)?.[1];
    if (name === undefined) {
      throw new Error(`A block of the README does not begin with the name of its file:\n${code}`);
    }
    files.set(name, join(folder, name));
    await writeFile(join(folder, name), code);
  }
});

afterAll(() => rm(folder, { recursive: true, force: true }));

function compile(): string[] {
  const program = ts.createProgram([...files.values()], {
    target: ts.ScriptTarget.ES2022,
    module: ts.ModuleKind.NodeNext,
    moduleResolution: ts.ModuleResolutionKind.NodeNext,
    types: ['node'],
    strict: true,
    skipLibCheck: true,
    esModuleInterop: true,
    isolatedModules: true,
    experimentalDecorators: true,
    emitDecoratorMetadata: true,
  });
  const { diagnostics } = program.emit();
  return [...ts.getPreEmitDiagnostics(program), ...diagnostics].map(
    ({ file, messageText }) => `${file?.fileName ?? ''}: ${ts.flattenDiagnosticMessageText(messageText, '\n')}`,
  );
}

describe('the README', () => {
  it('has no kind of block that nothing checks', () => {
    expect([...new Set(blocks.map(({ language }) => language))].sort()).toEqual([
      'console',
      'procfile',
      'sh',
      'text',
      'ts',
    ]);
  });

  it('compiles', () => {
    expect(compile()).toEqual([]);
  });

  it('runs, and answers as it says', async () => {
    const port = await freePort();
    const app = spawn('node', [join(folder, 'main.js')], {
      env: { ...process.env, PORT: `${port}`, REDIS_URL: redisUrl(), NODE_ENV: 'test', HIREFIRE_TOKEN: '' },
      stdio: ['ignore', 'ignore', 'inherit'],
    });
    try {
      await untilListening(app, port);
      for (const session of of('console')) {
        for (const [, command = '', answer] of session.matchAll(/^\$ (.*)\n([^$]*)/gm)) {
          const { stdout } = await run('sh', ['-c', command.replace('localhost:3000', `127.0.0.1:${port}`)]);
          expect(stdout.trim()).toBe(answer?.trim());
        }
      }
    } finally {
      const exit = once(app, 'exit');
      app.kill();
      await exit;
    }
  });

  it('has a unit test that passes', async () => {
    const config = {
      rootDir: folder,
      testMatch: ['**/*.spec.js'],
      modulePathIgnorePatterns: [],
      testPathIgnorePatterns: [],
      transform: {},
    };
    const { stderr } = await run(
      'node',
      ['--experimental-vm-modules', 'node_modules/jest/bin/jest.js', '--config', JSON.stringify(config)],
      { env: { ...process.env, HIREFIRE_TOKEN: '' } },
    );
    expect(stderr).toContain('2 passed, 2 total');
  });

  it('names processes that a Procfile can have', () => {
    for (const line of of('procfile').flatMap((procfile) => procfile.trim().split('\n'))) {
      expect(line).toMatch(/^[\w-]+: node \S+$/);
      expect(line.split(':')[0]).toMatch(PROC_NAME_PATTERN);
    }
  });

  it('names commands that exist', async () => {
    const { name, scripts }: { name: string; scripts: Record<string, string> } = JSON.parse(
      await readFile('package.json', 'utf8'),
    ) as { name: string; scripts: Record<string, string> };
    const commands = of('sh')
      .flatMap((code) => code.trim().split(/ +#.*$|\n| && /m))
      .filter((command) => command !== '');
    for (const command of commands) {
      const script = /^npm (?:run )?(\w+)$/.exec(command)?.[1];
      if (script !== undefined && script !== 'ci') {
        expect(Object.keys(scripts)).toContain(script);
      } else {
        expect([
          `npm install ${name}`,
          'npm install ioredis',
          'npm ci',
          'heroku config:set HIREFIRE_TOKEN=the-token-that-hirefire-shows',
        ]).toContain(command);
      }
    }
  });

  it('links to files that exist', async () => {
    const text = await readFile('README.md', 'utf8');
    for (const [, target = ''] of text.matchAll(/\]\((?!https?:|#)([^)]+)\)/g)) {
      await expect(run('test', ['-e', target])).resolves.toBeDefined();
    }
  });
});

async function untilListening(app: ChildProcess, port: number): Promise<void> {
  while (app.exitCode === null) {
    const socket = connect(port, '127.0.0.1');
    try {
      await once(socket, 'connect');
      return;
    } catch {
      // Not yet.
    } finally {
      socket.destroy();
    }
  }
  throw new Error('The app of the README ended before it listened');
}
