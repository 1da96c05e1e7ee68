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
  return { path, text, blocks, files: filesOf(path, blocks) };
}

function filesOf(path: string, blocks: readonly Block[]): ReadonlyMap<string, string> {
  const files = new Map<string, string>();
  for (const { code } of blocks.filter(({ language }) => language === 'ts')) {
    const name = /^\/\/ (\S+\.ts)\n/.exec(code)?.[1];
    if (name === undefined || files.has(name)) {
      throw new Error(`A block of ${path} does not begin with the name of a file of its own:\n${code}`);
    }
    files.set(name, code);
  }
  return files;
}

/** A folder's name for what is made of a page. */
export const folderNameOf = ({ path }: Page): string => path.replace('.md', '').replaceAll('/', '-').toLowerCase();

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
