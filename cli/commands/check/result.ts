/** The result of one check. */

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

/** `skip`: the check can't run, or means nothing here. */
export type Status = 'ok' | 'warn' | 'fail' | 'skip';

/** A result without the id of its check. */
export interface Finding {
  readonly status: Status;
  /** The finding and, if something is wrong, the cure. */
  readonly message: string;
  /** An excerpt of the answer, without the token. */
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

/** Joins findings, and keeps only those as bad as the worst. */
export function worst(findings: readonly Finding[]): Finding {
  const status =
    (['fail', 'warn', 'ok'] as const).find((one) => findings.some((other) => other.status === one)) ?? 'skip';
  const joined = findings.filter((one) => one.status === status);
  const seen = joined.flatMap((one) => one.seen ?? []);
  return finding(status)(
    [...new Set(joined.map(({ message }) => message))].join('; '),
    seen.length > 0 ? [...new Set(seen)].join('; ') : undefined,
  );
}
