/** The built page: one file, with its style and its script. */
import { readFile } from 'node:fs/promises';

/** The place for a report. */
const PLACE = /(<script type="application\/json" id="report">)[^<]*/;

/**
 * @param report - shown instead of a live run; null: a live run
 * @param file - the built page
 */
export async function readPage(report: object | null, file = new URL('page.html', import.meta.url)): Promise<string> {
  const page = await readFile(file, 'utf8');
  // No text in the report may close the script element around it.
  const json = JSON.stringify(report).replaceAll('<', '\\u003c');
  return page.replace(PLACE, (_, tag: string) => tag + json);
}
