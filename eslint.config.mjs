import eslint from '@eslint/js';
import tseslint from 'typescript-eslint';

/** Which other rooms each room of lib/ may look into: arrows point one way. A folder without a line here is a backend. */
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
};
const ROOMS_OF_BACKENDS = ['procs', 'redis', 'bull-family', 'postgres'];
/** Rooms that load their library: whoever imports them has it, and its classes can't be done without. */
const LIBRARY_AT_RUN_TIME = { sqs: '@aws-sdk/client-sqs', prometheus: 'prom-client' };
const ROOMS_OF_THE_MODULE = ['http', 'info', 'web', 'procs'];

/** What is bundled into the command line. */
const PACKAGES_OF_CLI = ['commander', 'uplot', 'zod/mini'];

const roomRules = (patterns, library = 'reflect-metadata') =>
  importRules(...patterns, {
    regex: `^(?!\\.|node:|(?:@nestjs/(?:common|core)|reflect-metadata|${library})$)`,
    allowTypeImports: true,
    message: 'Whoever imports this room may not have that library: import its types only.',
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

/** The files of lib/cli/ that lie so many folders below it. */
const cli = (depth) => ({
  files: [`lib/cli/${'*/'.repeat(depth)}*.ts`],
  rules: importRules(
    {
      regex: `^${'\\.\\./'.repeat(depth + 1)}(?!hirefire\\.protocol\\.js$)`,
      message: 'The command line knows the protocol, and nothing else of lib/.',
    },
    {
      regex: `^(?!\\.|node:|(?:${PACKAGES_OF_CLI.join('|')})$)`,
      message: 'The command line loads neither Nest nor a queue library, and bundles what PACKAGES_OF_CLI names.',
    },
  ),
});

const closedRooms = [
  room('lib/*/**', ROOMS_OF_BACKENDS),
  ...Object.entries(ROOMS).map(([name, open]) => room(`lib/${name}/**`, [name, ...open], LIBRARY_AT_RUN_TIME[name])),
  ...[0, 1, 2].map(cli),
  {
    files: ['lib/{index,hirefire.module}.ts'],
    rules: roomRules([
      {
        regex: `^\\./(?!(?:${ROOMS_OF_THE_MODULE.join('|')})/)[\\w-]+/`,
        message: 'Nothing imports a backend.',
      },
      { regex: '^\\./index\\.', message: 'Only an app imports the index.' },
    ]),
  },
  {
    files: ['lib/*.ts'],
    ignores: ['lib/{index,hirefire.module}.ts'],
    rules: roomRules([
      {
        regex: '^\\./(?:[\\w-]+/|index\\.|hirefire\\.module\\.)',
        message: 'Arrows point from the rooms to what they share.',
      },
    ]),
  },
];

export default tseslint.config(
  // The apps in test/package/consumers are compiled where the packed tarball is installed: here it can't be resolved.
  {
    ignores: [
      '**/dist/**',
      '**/node_modules/**',
      'coverage/**',
      'docs/api/**',
      '**/.generated-*/**',
      'test/package/consumers/**',
    ],
  },
  eslint.configs.recommended,
  {
    files: ['**/*.ts'],
    extends: [tseslint.configs.strictTypeChecked, tseslint.configs.stylisticTypeChecked],
    languageOptions: { parserOptions: { projectService: true } },
    rules: {
      '@typescript-eslint/no-extraneous-class': 'off',
      '@typescript-eslint/class-literal-property-style': 'off',
      // An async function without an await turns what a stranger's code throws into a rejection.
      '@typescript-eslint/require-await': 'off',
      '@typescript-eslint/no-confusing-void-expression': ['error', { ignoreArrowShorthand: true }],
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true }],
      '@typescript-eslint/consistent-type-imports': ['error', { fixStyle: 'inline-type-imports' }],
    },
  },
  closedRooms,
);
