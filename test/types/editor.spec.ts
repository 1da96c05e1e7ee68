/** Completions and hovers of editors. test/package/ tests the same completions with older TypeScripts. */
import { describe, expect, it } from '@jest/globals';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import ts from 'typescript';
import { COMPLETIONS, completionsOf } from './completions.js';
import { Editor } from './editor.js';

const DECORATOR = '../../lib/procs/hirefire-proc.decorator.js';

/** The tags that TypeDoc knows. A line of an example that begins with a decorator is one more to TypeScript. */
const TAGS = ['default', 'example', 'internal', 'param', 'publicApi', 'returns', 'throws', 'typeParam'];

const editor = new Editor(ts, import.meta.dirname);

describe('@HireFireProc() in an editor', () => {
  it('completes every option and every metric', () => {
    expect(completionsOf(editor, DECORATOR)).toEqual(COMPLETIONS);
  });

  it.each(["'worker'", "'worker', {}", "'worker', { metric: 'latency' }"])('explains itself: (%s)', (args) => {
    const { text, tags } = editor.hover(
      `import { HireFireProc } from '${DECORATOR}';
       @Hire¦FireProc(${args})
       export class WorkerProc { quantity = (): number => 0; latency = (): number => 0; }`,
    );

    expect(text).toMatch(/^Marks a provider as a process of the Procfile/);
    expect(tags).toEqual(['param', 'param', 'example', 'publicApi']);
  });

  it('explains its option', () => {
    const { text } = editor.hover(
      `import { HireFireProc } from '${DECORATOR}';
       @HireFireProc('worker', { met¦ric: 'latency' })
       export class WorkerProc { latency = (): number => 0; }`,
    );

    expect(text).toMatch(/^The number to report/);
  });
});

describe('the docstrings', () => {
  it('have tags that are known', () => {
    const tags = sources('lib').flatMap(tagsIn);

    expect(tags).toContainEqual(expect.stringContaining('@publicApi'));
    expect(tags.filter((tag) => !TAGS.some((known) => tag.endsWith(` @${known}`)))).toEqual([]);
  });
});

function sources(folder: string): string[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((path) => path.endsWith('.ts'))
    .map((path) => join(folder, path));
}

/** Every tag of a file, after its place. */
function tagsIn(path: string): string[] {
  const file = ts.createSourceFile(path, readFileSync(path, 'utf8'), ts.ScriptTarget.Latest, true);
  const placed = ({ tagName, pos }: ts.JSDocTag): string =>
    `${path}:${file.getLineAndCharacterOfPosition(pos).line + 1} @${tagName.text}`;
  const tags: string[] = [];
  const visit = (node: ts.Node): void => {
    for (const docstring of ts.getJSDocCommentsAndTags(node).filter(ts.isJSDoc)) {
      tags.push(...(docstring.tags ?? []).map(placed));
    }
    ts.forEachChild(node, visit);
  };
  visit(file);
  return tags;
}
