/** Writes results into a Markdown document, between the marks that say whose they are. */
import { readFile, writeFile } from 'node:fs/promises';
import { format, resolveConfig } from 'prettier';

export type Row = readonly string[];

export function markdownTable(head: Row, rows: readonly Row[]): string {
  const line = (cells: Row): string => `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`;
  return [line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n');
}

/** For a terminal: columns side by side, numbers to the right. */
export function plainTable(head: Row, rows: readonly Row[]): string {
  const widths = head.map((cell, column) => Math.max(cell.length, ...rows.map((row) => row[column]?.length ?? 0)));
  return [head, ...rows]
    .map((row) =>
      row
        .map((cell, column) => (column === 0 ? cell.padEnd(widths[column] ?? 0) : cell.padStart(widths[column] ?? 0)))
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}

/**
 * The document with another text between `<!-- name -->` and `<!-- /name -->`.
 *
 * @throws Error when it has no such marks
 */
export function withSection(document: string, name: string, text: string): string {
  const [open, close] = [`<!-- ${name} -->`, `<!-- /${name} -->`];
  const start = document.indexOf(open);
  const end = document.indexOf(close, start);
  if (start < 0 || end < 0) {
    throw new Error(`the document has no ${open} ... ${close}`);
  }
  return `${document.slice(0, start + open.length)}\n\n${text}\n\n${document.slice(end)}`;
}

/** Replaces a section of a file, and leaves the file as the project's formatter wants it. */
export async function writeSection(file: string, name: string, text: string): Promise<void> {
  const document = withSection(await readFile(file, 'utf8'), name, text);
  await writeFile(file, await format(document, { ...(await resolveConfig(file)), filepath: file }));
}
