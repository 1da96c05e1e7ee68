/** The pages of the documentation, and the code in them. */
import { readFileSync } from 'node:fs';
import { readdir } from 'node:fs/promises';

export interface Block {
  readonly language: string;
  readonly code: string;
}

export interface Page {
  readonly path: string;
  readonly text: string;
  readonly blocks: readonly Block[];
  /** One, or one for each library that the page has code for, which a reader copies without the others. */
  readonly projects: readonly Project[];
}

/** The files of a reader who copies a page's code: those for every reader, and those for their library. */
export interface Project {
  /** A folder's name for it. */
  readonly folder: string;
  /** As in the first line of its blocks, `// app.module.ts (amqplib)`; none where the page has one project. */
  readonly label: string | undefined;
  /** The blocks of TypeScript by the name of the file that each begins with. */
  readonly files: ReadonlyMap<string, string>;
}

/** Without the API reference, which is generated. */
const docs = (await readdir('docs', { recursive: true })).filter((name) => /^(?!api\/).*\.md$/.test(name)).sort();

export const PAGES: readonly Page[] = [
  'README.md',
  'CONTRIBUTING.md',
  'SECURITY.md',
  ...docs.map((name) => `docs/${name}`),
].map(pageOf);

function pageOf(path: string): Page {
  const text = readFileSync(path, 'utf8');
  const blocks = [...text.matchAll(/^```(\w*)\n([^]*?)^```$/gm)].map(([, language = '', code = '']) => ({
    language,
    code,
  }));
  return { path, text, blocks, projects: projectsOf(path, blocks) };
}

interface SourceFile {
  readonly name: string;
  readonly label: string | undefined;
  readonly code: string;
}

function projectsOf(path: string, blocks: readonly Block[]): readonly Project[] {
  const sources = blocks.filter(({ language }) => language === 'ts').map(({ code }) => sourceOf(path, code));
  const labels = new Set(sources.flatMap(({ label }) => label ?? []));
  return (labels.size === 0 ? [undefined] : [...labels]).map((label) => ({
    folder: folderNameOf(label === undefined ? path : `${path} ${label}`),
    label,
    files: filesOf(
      path,
      sources.filter((source) => source.label === undefined || source.label === label),
    ),
  }));
}

function sourceOf(path: string, code: string): SourceFile {
  const [, name, label] = /^\/\/ (\S+\.ts)(?: \((.+)\))?\n/.exec(code) ?? [];
  if (name === undefined) {
    throw new Error(`A block of ${path} does not begin with the name of a file:\n${code}`);
  }
  return { name, label, code };
}

function filesOf(path: string, sources: readonly SourceFile[]): ReadonlyMap<string, string> {
  const files = new Map(sources.map(({ name, code }) => [name, code]));
  if (files.size < sources.length) {
    throw new Error(`Two blocks of ${path} are one file: ${sources.map(({ name }) => name).join(', ')}`);
  }
  return files;
}

function folderNameOf(name: string): string {
  return name.replace('.md', '').replace(/[/ ]+/g, '-').toLowerCase();
}

export const codeOf = ({ blocks }: Page, language: string): string[] =>
  blocks.filter((block) => block.language === language).map(({ code }) => code);

/** The commands of a page's sessions, each with its answer. */
export const exchangesOf = (page: Page): readonly { readonly command: string; readonly answer: string }[] =>
  codeOf(page, 'console').flatMap((session) =>
    [...session.matchAll(/^\$ (.*)\n([^$]*)/gm)].map(([, command = '', answer = '']) => ({
      command,
      answer: answer.trim(),
    })),
  );

/** The anchors of a page's headings, as GitHub makes them. */
export const anchorsOf = ({ text }: Pick<Page, 'text'>): string[] =>
  [...text.matchAll(/^#+ (.*)$/gm)].map(([, heading = '']) =>
    heading
      .toLowerCase()
      .replace(/[^\w\- ]/g, '')
      .replaceAll(' ', '-'),
  );
