import eslint from '@eslint/js';
import tseslint from 'typescript-eslint';

/** Which rooms of lib/ may look into which: arrows point one way. */
const ROOMS = {
  'lib/*.ts': [],
  'lib/info/**': ['web', 'redis', 'bull'],
  'lib/procs/**': ['info', 'web', 'redis', 'bull'],
  'lib/redis/**': ['info', 'web', 'procs', 'bull'],
  'lib/bull/**': ['info', 'web'],
};

const closedRooms = Object.entries(ROOMS).map(([files, closed]) => ({
  files: [files],
  rules: {
    'no-restricted-imports': [
      'error',
      {
        patterns: [
          ...closed.map((room) => ({ group: [`**/${room}/**`], message: `${files} must not know ${room}/.` })),
          ...(files === 'lib/*.ts'
            ? [{ group: ['./bull/**', './redis/**'], message: 'Nothing imports a backend.' }]
            : [
                {
                  group: ['../index.js', '../hirefire.module.js'],
                  message: 'Arrows point from the module to the rooms.',
                },
              ]),
          {
            group: ['bull', 'bullmq', '@nestjs/bull', '@nestjs/bullmq', 'ioredis'],
            allowTypeImports: true,
            message: "A queue library is the user's: import its types only.",
          },
        ],
      },
    ],
  },
}));

export default tseslint.config(
  { ignores: ['**/dist/**', '**/node_modules/**', 'coverage/**'] },
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
