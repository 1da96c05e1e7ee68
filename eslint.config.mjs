import { readFileSync } from 'node:fs';
import { parser, plugin } from 'typescript-eslint';

/** The other rooms that each room of lib/ may import: arrows point one way. A folder without a line here is a backend. */
const ROOMS = {
  http: [],
  info: ['http', 'procs'],
  web: ['http'],
  procs: [],
  redis: ['procs'],
  'bull-family': ['procs', 'redis'],
  postgres: ['procs'],
  sqs: ['procs'],
  prometheus: ['procs', 'web'],
  worker: ['redis'],
};
const ROOMS_OF_BACKENDS = ['procs', 'redis', 'bull-family', 'postgres'];
/** Rooms that load their library: an app that imports them has it. */
const LIBRARY_AT_RUN_TIME = { sqs: '@aws-sdk/client-sqs', prometheus: 'prom-client' };
const ROOMS_OF_THE_MODULE = ['http', 'info', 'web', 'procs'];

/** The rooms of cli/ in the same way; main.ts imports commands and io only. */
const ROOMS_OF_CLI = {
  io: [],
  heroku: ['io'],
  hirefire: ['io'],
  plan: ['hirefire'],
  run: ['io', 'heroku', 'hirefire'],
  page: ['io', 'hirefire', 'run'],
  commands: ['io', 'heroku', 'hirefire', 'plan', 'run', 'page'],
};
/** Packages that the build bundles into the command line. */
const PACKAGES_OF_CLI = ['commander', 'dotenv', 'zod/mini'];

const roomRules = (patterns, library = 'reflect-metadata') =>
  importRules(...patterns, {
    regex: `^(?!\\.|node:|(?:@nestjs/(?:common|core)|reflect-metadata|${library})$)`,
    allowTypeImports: true,
    message: 'An app that imports this room may lack that library: import its types only.',
  });

const importRules = (...patterns) => ({
  'no-restricted-imports': ['error', { patterns }],
  'no-restricted-syntax': [
    'error',
    { selector: 'ImportExpression', message: "Use a static import: these rules can't see a dynamic one." },
    {
      selector:
        ':matches(ClassDeclaration:has(> Decorator), ClassDeclaration[superClass.name=/Proc$/]) PrivateIdentifier',
      message: 'A tracing app has a Proxy in the place of the instance, and #private members are out of its reach.',
    },
  ],
});

const room = (files, open, library) => ({
  files: [files],
  rules: roomRules(
    [
      {
        regex: `^(?:\\.\\./)+(?!(?:${open.join('|')})/)[\\w-]+/`,
        message: `${files} may look into ${open.join(', ')} only.`,
      },
      { regex: '^(?:\\.\\./)+(?:index|hirefire\\.module)\\.', message: 'Arrows point from the module to the rooms.' },
    ],
    library,
  ),
});

/** Files of cli/ at one depth: 1 is a room's own folder, 2 a folder in it. */
const cliRoom = ([name, open], depth) => ({
  files: [`cli/${name}/${'*/'.repeat(depth - 1)}*.ts`],
  rules: importRules(
    {
      regex: `^${'\\.\\./'.repeat(depth)}(?!\\.\\./|(?:${[name, ...open].join('|')})/)`,
      message: `cli/${name} may import ${open.join(', ') || 'no other room'} only.`,
    },
    {
      regex: `^${'\\.\\./'.repeat(depth + 1)}(?!lib/hirefire\\.protocol\\.js$)`,
      message: 'Of lib/, the command line may import the protocol only.',
    },
    ...(name === 'commands' && depth === 2
      ? [{ regex: '^\\.\\./[\\w-]+/', message: 'Commands share what lies in the rooms, not in each other.' }]
      : []),
    CLI_PACKAGES,
  ),
});

const CLI_PACKAGES = {
  regex: `^(?!\\.|node:|(?:${PACKAGES_OF_CLI.join('|')})$)`,
  message: 'The command line loads neither Nest nor a queue library, and bundles the packages in PACKAGES_OF_CLI.',
};

const closedRooms = [
  room('lib/*/**', ROOMS_OF_BACKENDS),
  ...Object.entries(ROOMS).map(([name, open]) => room(`lib/${name}/**`, [name, ...open], LIBRARY_AT_RUN_TIME[name])),
  ...Object.entries(ROOMS_OF_CLI).flatMap((entry) => [1, 2].map((depth) => cliRoom(entry, depth))),
  {
    files: ['cli/*.ts'],
    rules: importRules(
      {
        regex: '^\\.\\.?/(?!commands/|io/|(?:\\.\\./)?lib/hirefire\\.protocol\\.js$)',
        message: 'main.ts may import commands, io and the protocol only.',
      },
      CLI_PACKAGES,
    ),
  },
  {
    files: ['lib/{index,hirefire.module}.ts'],
    rules: roomRules([
      {
        regex: `^\\./(?!(?:${ROOMS_OF_THE_MODULE.join('|')})/)[\\w-]+/`,
        message: 'Nothing imports a backend.',
      },
      { regex: '^\\.\\./', message: 'The module imports from lib/ only.' },
      { regex: '^\\./index\\.', message: 'Only an app imports the index.' },
    ]),
  },
  {
    files: ['lib/*.ts'],
    ignores: ['lib/{index,hirefire.module}.ts'],
    rules: roomRules([
      {
        regex: '^(?:\\.\\./|\\./(?:[\\w-]+/|index\\.|hirefire\\.module\\.))',
        message: 'Arrows point from the rooms to what they share.',
      },
    ]),
  },
];

/** The other rules are oxlint's, which knows the types. Both skip the same files. */
const { ignorePatterns } = JSON.parse(readFileSync('.oxlintrc.json', 'utf8'));

export default [
  { ignores: ignorePatterns },
  {
    files: ['**/*.ts'],
    languageOptions: { parser, parserOptions: { emitDecoratorMetadata: true, experimentalDecorators: true } },
    plugins: { '@typescript-eslint': plugin },
    // The comments that disable a rule are for oxlint.
    linterOptions: { reportUnusedDisableDirectives: 'off' },
    rules: {
      // Of a constructor's types, the decorators keep the classes for Nest's DI. oxlint does not know it.
      '@typescript-eslint/consistent-type-imports': ['error', { fixStyle: 'inline-type-imports' }],
    },
  },
  ...closedRooms,
];
