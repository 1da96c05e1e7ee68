/** The page of a report: the same page as that of a run, with the report in it, in one file. */
import { readPage } from './page-file.js';

export async function reportPage(report: object): Promise<string> {
  return readPage(report);
}
