/** The problems of a run by kind and cure: many that have one cause are one thing to mend. */
import type { Problem } from './events.js';

export interface ProblemGroup {
  readonly cure: string;
  readonly count: number;
  readonly last: Problem;
}

/** @returns the newest first */
export function groupsOf(problems: readonly Problem[]): ProblemGroup[] {
  const groups = new Map<string, ProblemGroup>();
  for (const last of problems) {
    const { kind, cure } = last;
    const key = `${kind} ${cure}`;
    groups.set(key, { cure, count: (groups.get(key)?.count ?? 0) + 1, last });
  }
  return [...groups.values()].sort((a, b) => b.last.t - a.last.t);
}
