/** The page as it was built: one file, with its style and its script. */
import { readFile } from 'node:fs/promises';

/** Where a report goes. */
const PLACE = /(<script type="application\/json" id="report">)[^<]*/;

/**
 * @param report - what the page shows instead of a run that goes on
 * @param file - the page as it was built
 */
export async function readPage(report: object | null, file = new URL('page.html', import.meta.url)): Promise<string> {
  const page = await readFile(file, 'utf8');
  // No text in it may end the script that it stands in.
  const json = JSON.stringify(report).replaceAll('<', '\\u003c');
  return page.replace(PLACE, (_, tag: string) => tag + json);
}
