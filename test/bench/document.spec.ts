import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { markdownTable, plainTable, withSection, writeSection } from '../../bench/support/document.js';

test('a Markdown table', () => {
  expect(
    markdownTable(
      ['app', 'CPU'],
      [
        ['a|b', '1'],
        ['c', '2'],
      ],
    ),
  ).toBe('| app | CPU |\n| --- | --- |\n| a\\|b | 1 |\n| c | 2 |');
});

test('a table for a terminal', () => {
  expect(
    plainTable(
      ['app', 'CPU', ''],
      [
        ['plain', '10', ''],
        ['x', '9.5', '*'],
      ],
    ),
  ).toBe('app    CPU\nplain   10\nx      9.5  *');
});

describe('a section of a document', () => {
  const DOCUMENT = 'before\n<!-- web -->\nold\n<!-- /web -->\nbetween\n<!-- poll -->\nkept\n<!-- /poll -->\n';

  test('is replaced, and nothing else', () => {
    expect(withSection(DOCUMENT, 'web', 'new')).toBe(
      'before\n<!-- web -->\n\nnew\n\n<!-- /web -->\nbetween\n<!-- poll -->\nkept\n<!-- /poll -->\n',
    );
  });

  test('can be replaced again', () => {
    const once = withSection(DOCUMENT, 'web', 'new');
    expect(withSection(once, 'web', 'new')).toBe(once);
  });

  test.each(['other', 'eb'])('must be there: %s is not', (name) => {
    expect(() => withSection(DOCUMENT, name, 'new')).toThrow(
      `the document has no <!-- ${name} --> ... <!-- /${name} -->`,
    );
  });

  test('must have an end after its beginning', () => {
    expect(() => withSection('<!-- /web --> <!-- web -->', 'web', 'new')).toThrow('the document has no');
  });
});

describe('in a file', () => {
  let folder: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'nestjs-hirefire-bench-'));
  });
  afterEach(() => rm(folder, { recursive: true }));

  test('is written as the formatter wants it', async () => {
    const file = join(folder, 'benchmarks.md');
    await writeFile(file, '# Title\n\n<!-- web -->\n<!-- /web -->\n');
    await writeSection(file, 'web', markdownTable(['app', 'CPU'], [['plain', '10']]));
    expect(await readFile(file, 'utf8')).toBe(
      '# Title\n\n<!-- web -->\n\n| app   | CPU |\n| ----- | --- |\n| plain | 10  |\n\n<!-- /web -->\n',
    );
  });
});
