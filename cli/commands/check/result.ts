/** What `check` says of one thing. */

/** In the order of the report. */
export const CHECKS = [
  'reachable',
  'plain-http',
  'test',
  'info-header',
  'info-path',
  'wrong-token',
  'no-token',
  'development-token',
  'shape',
  'procfile',
  'answer-time',
  'parallel',
  'caching',
  'agent',
] as const;

export type CheckId = (typeof CHECKS)[number];

/** `skip`: it can't be tried, or has no meaning here. */
export type Status = 'ok' | 'warn' | 'fail' | 'skip';

/** One check's outcome, before it is known which check it belongs to. */
export interface Finding {
  readonly status: Status;
  /** What was found, and the cure where there is something to cure. */
  readonly message: string;
  /** What the app sent, without the token. */
  readonly seen?: string;
}

export interface Result extends Finding {
  readonly id: CheckId;
}

const finding =
  (status: Status) =>
  (message: string, seen?: string): Finding => ({ status, message, ...(seen !== undefined && { seen }) });

export const ok = finding('ok');
export const warn = finding('warn');
export const fail = finding('fail');
export const skip = finding('skip');

/** Several findings about one thing: as bad as the worst of them. */
export function worst(findings: readonly Finding[]): Finding {
  const status =
    (['fail', 'warn', 'ok'] as const).find((one) => findings.some((other) => other.status === one)) ?? 'skip';
  const telling = findings.filter((one) => one.status === status);
  const seen = telling.flatMap((one) => one.seen ?? []);
  return finding(status)(
    [...new Set(telling.map(({ message }) => message))].join('; '),
    seen.length > 0 ? [...new Set(seen)].join('; ') : undefined,
  );
}
