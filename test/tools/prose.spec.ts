import { describe, expect, it } from '@jest/globals';
import { problemsOf } from '../../tools/prose.js';

const problemsIn = (file: string, source: string) => problemsOf(new Map([[file, source]]));

describe('a word that has a plainer one', () => {
  it.each([
    ['a line', 'const one = 1;\t// The app is told.', 'a.ts:1: use a plainer word than "told"'],
    ['a block', '/**\n * Starts.\n *\n * It tells the port.\n */', 'a.ts:4: use a plainer word than "tells"'],
    ['lines, across their end', '// A port of\n// its own.', 'a.ts:1: use a plainer word than "of its own"'],
    ['Lua', 'const lua = `\n-- Nobody took it.\n`;', 'a.ts:2: use a plainer word than "Nobody"'],
    ['a page', '# Told\n\nStarts `anew`, and\nruns for ever.', 'a.md:4: use a plainer word than "for ever"'],
    ['a table', '| one | two |\n| --- | --- |\n| 1 | a stranger |', 'a.md:3: use a plainer word than "stranger"'],
  ])('is found in %s', (_, source, problem) => {
    expect(problemsIn(problem.split(':')[0] ?? '', source)).toEqual([problem]);
  });

  it.each([
    ['a string', 'a.ts', `throw new Error('nobody');`],
    ['an address', 'a.ts', `// See\nfetch('https://told.example');`],
    ["a page's code, link or heading", 'a.md', '# Nobody\n\n[it](told.md#anew) `told`\n\n```ts\n// told\n```\n'],
    ['an example', 'a.ts', '/**\n * Sends.\n *\n * @example\n * ```ts\n * told();\n * ```\n */'],
  ])('is not looked for in %s', (_, file, source) => {
    expect(problemsIn(file, source)).toEqual([]);
  });
});

describe('openings', () => {
  const budgetOf = (openings: number, others: number) =>
    problemsIn('a.ts', '// What runs.\n\n'.repeat(openings) + '/* Runs. */\n'.repeat(others));

  it('may be 3 % of the comments', () => {
    expect(budgetOf(3, 97)).toEqual([]);
  });

  it('are listed where they are more', () => {
    expect(budgetOf(2, 48)).toEqual([
      'a.ts:1: begin with the actor, not "What" (4.0 % begin so, 3 % may)',
      'a.ts:3: begin with the actor, not "What" (4.0 % begin so, 3 % may)',
    ]);
  });

  it('of tags, items and table cells count; questions do not', () => {
    expect(problemsIn('a.ts', '/**\n * @param port - Where it listens\n */')).toHaveLength(1);
    expect(problemsIn('a.ts', '/** Whether it listens. */\n/** Whose port it is. */')).toHaveLength(2);
    expect(problemsIn('a.md', 'Runs.\n\n- Which one\n- Where is it?\n\n| What |\n| --- |\n')).toEqual([
      'a.md:3: begin with the actor, not "Which" (50.0 % begin so, 3 % may)',
      'a.md:6: begin with the actor, not "What" (50.0 % begin so, 3 % may)',
    ]);
  });
});

it("a comment that repeats its file's name is found", () => {
  const source = '/** The free ports. */\nconst ports = 1; // Free ports of one host.\n';
  expect(problemsIn('cli/free-ports.ts', source)).toEqual([
    `cli/free-ports.ts:1: this comment repeats the file's name`,
  ]);
});
