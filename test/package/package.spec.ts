/** The tarball itself: what is in it, what it promises, and which packages its files name. */
import { beforeAll, describe, expect, it } from '@jest/globals';
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join, relative } from 'node:path';
import { publint } from 'publint';
import ts from 'typescript';
import { node } from './run.js';
import { TARBALL, WORK_FOLDER } from './tarball.js';

const FOLDER = join(WORK_FOLDER, 'package');

/** Entry by entry, the optional peers that its types may name. The root names none. */
const OPTIONAL_PEERS: Readonly<Record<string, readonly string[]>> = {
  '.': [],
  './bull': ['bull'],
  './bullmq': ['bullmq'],
  './celery': [],
  './redis-list': [],
  './rq': [],
  './sidekiq': [],
  // Structural types: whatever quacks is served.
  './pg-boss': [],
  './graphile-worker': [],
  './rabbitmq': [],
  './sqs': [],
  './prometheus': ['prom-client'],
  './worker': [],
};

/** The optional peer that an entry loads: every app that imports the entry has it. */
const LOADED: Readonly<Record<string, string>> = {
  './sqs': '@aws-sdk/client-sqs',
  './prometheus': 'prom-client',
};

const REQUIRED_PEERS = ['@nestjs/common', '@nestjs/core', 'reflect-metadata'];

const ENTRIES = Object.entries(OPTIONAL_PEERS).flatMap(([entry, optional]) =>
  ['esm', 'cjs'].map((copy) => ({ entry, copy, optional, file: join('dist', copy, entry, 'index') })),
);

interface Manifest {
  readonly license: string;
  readonly engines: object;
  readonly exports: Readonly<Record<string, unknown>>;
  readonly peerDependencies: Readonly<Record<string, string>>;
  readonly peerDependenciesMeta: object;
}

function read(path: string): string {
  return readFileSync(join(FOLDER, path), 'utf8');
}

function manifest(): Manifest {
  return JSON.parse(read('package.json')) as Manifest;
}

function files(): string[] {
  return readdirSync(FOLDER, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => relative(FOLDER, join(entry.parentPath, entry.name)));
}

/** Every package that a file names, and that the files it imports name, in imports of any kind. */
function packagesOf(file: string, extension: string, seen = new Set<string>()): ReadonlySet<string> {
  const packages = new Set<string>();
  if (seen.has(file)) {
    return packages;
  }
  seen.add(file);
  const { importedFiles, typeReferenceDirectives, referencedFiles } = ts.preProcessFile(
    read(file + extension),
    true,
    true,
  );
  expect(referencedFiles).toEqual([]);
  for (const { fileName } of [...importedFiles, ...typeReferenceDirectives]) {
    if (fileName.startsWith('.')) {
      const next = join(dirname(file), fileName.replace(/\.js$/, ''));
      packagesOf(next, extension, seen).forEach((name) => packages.add(name));
    } else {
      packages.add(fileName.startsWith('node:') ? fileName : fileName.replace(/^((@[^/]+\/)?[^/]+).*/, '$1'));
    }
  }
  return packages;
}

beforeAll(() => {
  mkdirSync(FOLDER);
  execFileSync('tar', ['-xzf', TARBALL, '-C', FOLDER, '--strip-components=1']);
});

describe('the tarball', () => {
  it('holds dist, docs, samples, package.json, README, LICENSE, CHANGELOG, a schema and licences, and nothing else', () => {
    const topmost = files().filter((file) => !/^(dist|docs|sample)\//.test(file));
    expect(topmost.sort()).toEqual([
      'CHANGELOG.md',
      'LICENSE',
      'README.md',
      'SECURITY.md',
      'THIRD-PARTY-LICENSES',
      'hirefire.schema.json',
      'package.json',
    ]);
    expect(readdirSync(join(FOLDER, 'dist')).sort()).toEqual(['cjs', 'cli', 'esm']);
  });

  it('holds nothing that was built or installed in a sample, and no API reference', () => {
    expect(files().filter((file) => /^(docs\/api|sample\/(demo|[^/]+\/(dist|out|node_modules)))\//.test(file))).toEqual(
      [],
    );
  });

  it('holds the same files in both copies, code with its types and its map, and no tests', () => {
    const of = (copy: string): string[] =>
      files()
        .filter((file) => file.startsWith(`dist/${copy}/`))
        .map((file) => file.slice(`dist/${copy}/`.length))
        .sort();
    const sources = readdirSync('lib', { recursive: true, encoding: 'utf8' }).filter(
      (file) => file.endsWith('.ts') && !file.startsWith('cli/'),
    );
    const built = sources.flatMap((file) => ['.js', '.js.map', '.d.ts'].map((end) => file.replace(/\.ts$/, end)));

    expect(of('esm')).toEqual([...built, 'package.json'].sort());
    expect(of('cjs')).toEqual(of('esm'));
    expect(of('esm').filter((file) => /spec|test/.test(file))).toEqual([]);
  });

  it('has maps that carry their sources', () => {
    for (const file of files().filter((name) => /^dist\/(esm|cjs)\/.*\.(js|ts)$/.test(name))) {
      const map = /^\/\/# sourceMappingURL=(.*)$/m.exec(read(file))?.[1];
      if (file.endsWith('.d.ts')) {
        expect({ file, map }).toEqual({ file, map: undefined });
        continue;
      }
      const { sources, sourcesContent } = JSON.parse(read(join(dirname(file), map ?? 'no map'))) as {
        readonly sources: readonly string[];
        readonly sourcesContent: readonly unknown[];
      };
      expect(sourcesContent).toHaveLength(sources.length);
      expect(sourcesContent.every((source) => typeof source === 'string' && source !== '')).toBe(true);
    }
  });

  it('says in each copy which module system it is written in', () => {
    expect(JSON.parse(read('dist/esm/package.json'))).toEqual({ type: 'module' });
    expect(JSON.parse(read('dist/cjs/package.json'))).toEqual({ type: 'commonjs' });
    expect(read('dist/esm/index.js')).toMatch(/^export /m);
    expect(read('dist/cjs/index.js')).toMatch(/^exports\./m);
  });

  it('depends on nothing but its peers, of which the backends are optional', () => {
    expect(manifest()).toMatchObject({
      license: 'MIT',
      engines: { node: '^20.19.0 || ^22.12.0 || >=24' },
      peerDependencies: {
        '@aws-sdk/client-sqs': '^3.0.0',
        '@nestjs/bull': '^10.0.0 || ^11.0.0 || ^12.0.0',
        '@nestjs/bullmq': '^10.0.0 || ^11.0.0 || ^12.0.0',
        '@nestjs/common': '^10.0.0 || ^11.0.0 || ^12.0.0',
        '@nestjs/core': '^10.0.0 || ^11.0.0 || ^12.0.0',
        'amqp-connection-manager': '^4.1.0 || ^5.0.0',
        amqplib: '^0.10.0 || ^1.0.0 || ^2.0.0',
        bull: expect.stringMatching(/^\^4\./),
        bullmq: '^5.0.0 || ^6.0.0',
        'graphile-worker': '^0.16.0 || ^0.17.0 || ^0.18.0',
        'pg-boss': '^10.0.0 || ^11.0.0 || ^12.0.0',
        'prom-client': '^15.0.0',
      },
      peerDependenciesMeta: {
        '@aws-sdk/client-sqs': { optional: true },
        '@nestjs/bull': { optional: true },
        '@nestjs/bullmq': { optional: true },
        'amqp-connection-manager': { optional: true },
        amqplib: { optional: true },
        bull: { optional: true },
        bullmq: { optional: true },
        'graphile-worker': { optional: true },
        'pg-boss': { optional: true },
        'prom-client': { optional: true },
      },
    });
    const { peerDependencies, peerDependenciesMeta } = manifest();
    expect(Object.keys(peerDependencies).filter((name) => !(name in peerDependenciesMeta))).toEqual(REQUIRED_PEERS);
    for (const field of ['dependencies', 'optionalDependencies', 'bundleDependencies', 'bundledDependencies']) {
      expect(manifest()).not.toHaveProperty(field);
    }
  });

  it('has the entries that are tested here, and no other', () => {
    expect(Object.keys(manifest().exports).sort()).toEqual([...Object.keys(OPTIONAL_PEERS), './package.json'].sort());
  });

  it('is all right to publint', async () => {
    const { messages } = await publint({
      pack: { tarball: new Uint8Array(readFileSync(TARBALL)).buffer },
      level: 'suggestion',
      strict: true,
    });
    expect(messages).toEqual([]);
  });

  it('has types that are not wrong, for every module resolution', async () => {
    const attw = createRequire(import.meta.url).resolve('@arethetypeswrong/cli/package.json');
    const cli = join(dirname(attw), 'dist/index.js');
    const answer = JSON.parse(await node([cli, TARBALL, '--format', 'json'], { cwd: WORK_FOLDER })) as {
      readonly analysis: {
        readonly problems: readonly unknown[];
        readonly entrypoints: Readonly<Record<string, { readonly resolutions: Readonly<Record<string, object>> }>>;
      };
    };

    expect(answer.analysis.problems).toEqual([]);
    for (const entry of Object.keys(OPTIONAL_PEERS)) {
      expect(Object.keys(answer.analysis.entrypoints[entry]?.resolutions ?? {}).sort()).toEqual([
        'bundler',
        'node10',
        'node16-cjs',
        'node16-esm',
      ]);
    }
  });
});

describe.each(ENTRIES)('the entry $entry of the $copy copy', ({ entry, file, optional }) => {
  // Node's own modules are no packages, and Nest's types name them too.
  it('names in its types no package but Nest, reflect-metadata and its own optional peer', () => {
    const named = [...packagesOf(file, '.d.ts')].filter((name) => !name.startsWith('node:'));

    expect(named).toEqual(expect.arrayContaining([...optional]));
    expect(named.filter((name) => ![...REQUIRED_PEERS, ...optional].includes(name))).toEqual([]);
  });

  it('loads no package but required peers, its own one where it must, and what Node brings', () => {
    const loaded = [...packagesOf(file, '.js')].filter((name) => !name.startsWith('node:'));

    expect(loaded.filter((name) => !REQUIRED_PEERS.includes(name))).toEqual(
      LOADED[entry] === undefined ? [] : [LOADED[entry]],
    );
    expect(existsSync(join(FOLDER, `${file}.js`))).toBe(true);
  });
});
