/** The page of a report: the same as that of a run, in one file with the report in it. */
import { readPage } from './page-file.js';

/** @param file - the page as it was built */
export async function reportPage(report: object, file?: URL): Promise<string> {
  return readPage(report, file);
}
