/** Checks the English of comments and pages: `prose [file or folder ...]`, by default those in CHECKED. */
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { basename, join } from 'node:path';
import { pathToFileURL } from 'node:url';

const CHECKED = [
  'README.md',
  'CONTRIBUTING.md',
  'SECURITY.md',
  'bench',
  'cli',
  'docs',
  'lib',
  'sample',
  'test',
  'tools',
];
const SKIPPED = /(?:^|\/)(?:node_modules|dist|\.generated-[^/]*|docs\/api)\//;

const BANNED = /\b(?:told|tells?|nobody|whoever|strangers?|for\s+ever|anew|beside|of\s+(?:its|their|one's)\s+own)\b/gi;
/** A question may begin so. */
const OPENING = /^(?:What|Which|Whose|Whoever|Where|Whether)\b(?![^.:|]*\?)/;
/** The share of all comments, and of all paragraphs. */
const MAX_OPENINGS = 0.03;

/** A block of JavaScript, or lines of it, or of Lua or SQL within it. */
const COMMENT = /\/\*\*?\s[^]*?\*\/|(?<=^|\s)\/\/ .*(?:\n *\/\/ .*)*|^ *-- .*(?:\n *-- .*)*/gm;
const COMMENT_MARKS = /```[^]*?```|^ *(?:\/\*\*?|\*(?!\/)|\/\/|--) ?(?:@\w+(?: \w+ -)? ?)?| *\*\/$/gm;
/** A paragraph, a list item, or a row of a table. */
const PARAGRAPH = /^ *(?:[-*>] +|\d+\. +|\| *)?[^\s|-][^]*?(?=\n *(?:\n|[-*>] |\d+\. |\|)|\s*$(?![^]))/gm;
const PAGE_MARKS = /^ *(?:[-*>] +|\d+\. +|\| *)/g;
const NO_PROSE = /^```[^]*?^```$|^<!--.*-->$|^#.*$|`[^`\n]*`|\]\([^)]*\)/gm;

interface Block {
  readonly file: string;
  readonly line: number;
  readonly text: string;
}

/** @param sources - texts by file name */
export function problemsOf(sources: ReadonlyMap<string, string>): readonly string[] {
  const isPage = (file: string): boolean => file.endsWith('.md');
  const blocks = [...sources].flatMap(([file, source]) =>
    isPage(file)
      ? blocksOf(file, source.replace(NO_PROSE, blank), PARAGRAPH, PAGE_MARKS)
      : blocksOf(file, source, COMMENT, COMMENT_MARKS),
  );
  const comments = blocks.filter(({ file }) => !isPage(file));
  return [
    ...blocks.flatMap((block) =>
      [...block.text.matchAll(BANNED)].map(
        ({ 0: words, index }) => `${placeOf(block, index)}: use a plainer word than "${words.replace(/\s+/g, ' ')}"`,
      ),
    ),
    ...comments.filter(repeatsFileName).map((block) => `${placeOf(block)}: this comment repeats the file's name`),
    ...openingsBeyondBudget(comments),
    ...openingsBeyondBudget(blocks.filter(({ file }) => isPage(file))),
  ];
}

function blocksOf(file: string, source: string, pattern: RegExp, marks: RegExp): readonly Block[] {
  return [...source.matchAll(pattern)].map(({ 0: block, index }) => {
    const text = block.replace(marks, blank);
    const start = text.search(/\S|$/);
    return { file, line: lineAt(source, index) + lineAt(text, start) - 1, text: text.slice(start) };
  });
}

function openingsBeyondBudget(blocks: readonly Block[]): readonly string[] {
  const openings = blocks.filter(({ text }) => OPENING.test(text));
  const budget = `${((100 * openings.length) / blocks.length).toFixed(1)} % begin so, ${100 * MAX_OPENINGS} % may`;
  return openings.length <= MAX_OPENINGS * blocks.length
    ? []
    : openings.map(
        (block) => `${placeOf(block)}: begin with the actor, not "${block.text.split(' ', 1)[0] ?? ''}" (${budget})`,
      );
}

function repeatsFileName({ file, text }: Block): boolean {
  const words = wordsOf(text);
  const name = new Set([...wordsOf(basename(file).replace(/[-_.]/g, ' ')), 'a', 'an', 'the', 'of', 'for', 'and']);
  return words.length > 0 && words.every((word) => name.has(word));
}

const wordsOf = (text: string): readonly string[] => text.toLowerCase().match(/[a-z\d]+?(?=s?\b)/g) ?? [];
const blank = (text: string): string => text.replace(/[^\n]/g, '');
const lineAt = (text: string, index: number): number => text.slice(0, index).split('\n').length;
const placeOf = ({ file, line, text }: Block, index = 0): string => `${file}:${line + lineAt(text, index) - 1}`;

function filesBelow(path: string): readonly string[] {
  const names = statSync(path).isFile() ? [''] : readdirSync(path, { recursive: true, encoding: 'utf8' });
  return names.map((name) => join(path, name)).filter((name) => /\.(?:md|m?ts|mjs)$/.test(name) && !SKIPPED.test(name));
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  const asked = process.argv.slice(2);
  const files = (asked.length > 0 ? asked : CHECKED).flatMap(filesBelow);
  const problems = problemsOf(new Map(files.map((file) => [file, readFileSync(file, 'utf8')])));
  process.stderr.write(problems.map((problem) => `${problem}\n`).join(''));
  process.exitCode = problems.length === 0 ? 0 : 1;
}
