/** The documentation as npm ships it: a reader who has nothing but the tarball gets to every page. */
import { beforeAll, describe, expect, it } from '@jest/globals';
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { dirname, extname, join, normalize } from 'node:path';
import { anchorsOf } from '../docs/pages.js';
import { TARBALL, WORK_FOLDER } from './tarball.js';

const FOLDER = join(WORK_FOLDER, 'links');
const PICTURES = ['.png', '.svg'];

const textOf = (page: string): string => readFileSync(join(FOLDER, page), 'utf8');

const filesThatEndIn = (endings: readonly string[]): string[] =>
  readdirSync(FOLDER, { recursive: true, encoding: 'utf8' }).filter((path) => endings.includes(extname(path)));

/** The targets of a page's links, those of pictures and of HTML too. */
const targetsOf = (page: string): string[] =>
  [
    ...textOf(page)
      .replace(/^```[^]*?^```$|`[^`\n]*`/gm, '')
      .matchAll(/\]\(([^)\s]+)[^)]*\)|^\[[^\]]+\]:\s*(\S+)|(?:href|src)="([^"]+)"/gm),
  ].map(([, inline, reference, html]) => inline ?? reference ?? html ?? '');

function leadsSomewhere(page: string, target: string): boolean {
  if (target.startsWith('https://')) {
    return true;
  }
  const [file = '', anchor] = target.split('#');
  const path = file === '' ? page : normalize(join(dirname(page), file));
  const isThere = !path.startsWith('..') && existsSync(join(FOLDER, path));
  return isThere && (anchor === undefined || anchorsOf({ text: textOf(path) }).includes(anchor));
}

beforeAll(() => {
  mkdirSync(FOLDER);
  execFileSync('tar', ['-xzf', TARBALL, '-C', FOLDER, '--strip-components=1']);
});

describe('the documentation in the tarball', () => {
  it('has every page of the repository that a user reads', () => {
    const docs = readdirSync('docs', { recursive: true, encoding: 'utf8' }).filter((path) =>
      /^(?!api\/).*\.md$/.test(path),
    );
    expect(filesThatEndIn(['.md'])).toEqual(
      expect.arrayContaining(['README.md', ...docs.map((path) => `docs/${path}`)]),
    );
  });

  it('has links that lead into the tarball, or are absolute', () => {
    const links = filesThatEndIn(['.md']).flatMap((page) => targetsOf(page).map((target) => ({ page, target })));
    expect(links.length).toBeGreaterThan(150);
    expect(links.filter(({ page, target }) => !leadsSomewhere(page, target))).toEqual([]);
  });

  it('has pictures that are small enough to ship', () => {
    const sizes = filesThatEndIn(PICTURES).map((path) => ({ path, size: statSync(join(FOLDER, path)).size }));
    expect(sizes.map(({ path }) => path).sort()).toEqual(['docs/demo.svg', 'docs/simulate.png']);
    expect(sizes.filter(({ size }) => size > 120_000)).toEqual([]);
  });
});
