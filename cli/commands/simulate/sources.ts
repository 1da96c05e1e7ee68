/** The files that a run was made from, and the pace that they set. */
import { amount, counted } from '../../io/format.js';
import type { Config } from '../../hirefire/managers/config.js';

/** Checkups from this many seconds on look like a run that hangs. */
const SLOW_SECONDS = 10;

export interface Sources {
  readonly procfile: string;
  /** The path and what is in it; undefined: there is no such file. */
  readonly config: readonly [path: string, config: Config] | undefined;
  /** The path and the variables in it. */
  readonly env: readonly [path: string, variables: Readonly<Record<string, string>>];
  /** Seconds between two checkups. */
  readonly every: number;
}

export function sourcesText({ procfile, config, env, every }: Sources): string {
  const variables = Object.keys(env[1]).length;
  const files = [
    procfile,
    ...(config ? [`${config[0]} (${counted(config[1].managers.size, 'manager')})`] : []),
    ...(variables > 0 ? [`${env[0]} (${counted(variables, 'variable')})`] : []),
  ];
  const cure = every >= SLOW_SECONDS ? '; --every 1s is faster' : '';
  return `Read ${files.join(', ')}: a checkup every ${amount(every)} s${cure}`;
}
