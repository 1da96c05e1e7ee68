import { jest } from '@jest/globals';
import { AskedApp } from '../../../../cli/commands/check/asked-app.js';
import { CHECKS, type CheckId, type Finding, type Status } from '../../../../cli/commands/check/result.js';
import { runChecks } from '../../../../cli/commands/check/run-checks.js';
import { parseBaseUrl } from '../../../../cli/hirefire/base-url.js';
import { parseProcfile } from '../../../../cli/io/procfile.js';
import { TOKEN } from '../../support/servers.js';

export interface CheckOptions {
  readonly token?: string;
  readonly procfile?: string;
  readonly timeoutMs?: number;
}

export type Findings = Readonly<Record<CheckId, Finding>>;

let now = 0;

/** Lets time pass for the checks, which no other clock reaches: a busy machine would look like a slow app. */
export function pass(ms: number): void {
  now += ms;
}

/** Every check of an app, in the order of the contract. */
export async function findingsOf(
  url: string,
  { token = TOKEN, procfile, timeoutMs = 10_000 }: CheckOptions = {},
): Promise<Findings> {
  const findings: [CheckId, Finding][] = [];
  const clock = jest.spyOn(performance, 'now').mockImplementation(() => now);
  await runChecks(
    {
      app: new AskedApp(parseBaseUrl(url), token, timeoutMs),
      procfile: procfile === undefined ? undefined : parseProcfile(procfile),
      polls: 2,
    },
    (id, finding) => findings.push([id, finding]),
  );
  clock.mockRestore();
  if (findings.map(([id]) => id).join() !== CHECKS.join()) {
    throw new Error(`reported were ${findings.map(([id]) => id).join()}`);
  }
  return Object.fromEntries(findings) as Findings;
}

/** Those that are not what they are for a good app without a Procfile, asked by plain http. */
export function troublesOf(findings: Findings): Partial<Record<CheckId, Status>> {
  const usual = (id: CheckId): Status => (id === 'plain-http' || id === 'procfile' ? 'skip' : 'ok');
  return Object.fromEntries(
    CHECKS.filter((id) => findings[id].status !== usual(id)).map((id) => [id, findings[id].status]),
  );
}
