/** The file of `--report`: checked before anything is started, written at the end. */
import { open, rm, writeFile } from 'node:fs/promises';
import { codeOf, messageOf, UsageError } from '../../io/errors.js';
import { readPage } from '../../page/page-file.js';
import type { Report } from '../../run/report.js';

/** @throws UsageError if the file can't be written, or ends in neither .json nor .html */
export async function checkReportFile(path: string): Promise<void> {
  if (!/\.(?:json|html)$/.test(path)) {
    throw new UsageError(`--report: "${path}" ends neither in .json nor in .html: choose one of them`);
  }
  try {
    const file = await open(path, 'wx');
    await file.close();
    await rm(path);
  } catch (error) {
    if (codeOf(error) !== 'EEXIST') {
      throw cantBeWritten(path, error);
    }
    const file = await open(path, 'r+').catch((reason: unknown) => {
      throw cantBeWritten(path, reason);
    });
    await file.close();
  }
}

function cantBeWritten(path: string, error: unknown): UsageError {
  const reason = messageOf(error);
  return new UsageError(`--report: ${path} can't be written (${reason}): name a file in an existing folder`);
}

/** @throws the system's error */
export async function writeReport(path: string, report: Report): Promise<void> {
  await writeFile(path, path.endsWith('.html') ? await readPage(report) : `${JSON.stringify(report, null, 2)}\n`);
}
