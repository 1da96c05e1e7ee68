/** Chooses the manager of each process: from flags, else the file, else a default for each worker. */
import { WEB_PROC_NAME } from '../../../lib/hirefire.protocol.js';
import { isRunPerDeploy } from '../../io/procfile.js';
import type { Config } from './config.js';
import { managerSchema, type Manager } from './schema.js';
import * as z from 'zod/mini';

/** For each worker if neither the file nor a flag has any manager. */
export const DEFAULT_MANAGER: Manager = z.parse(managerSchema, { type: 'job-queue-size' });
export const DEFAULT_MANAGER_TEXT = 'job-queue-size, ratio 1, 0 to 3 dynos';

/** @param what - done with a process that has one */
export function noManagerText(name: string, what: 'planned' | 'started'): string {
  return `${name} has no manager, so it is not ${what}: add one to hirefire.json, or give --manager`;
}

export type Managers = ReadonlyMap<string, Manager>;

/** Flags win over the file, process by process. Undefined: neither has a manager, so `defaultManagers` applies. */
export function chosenManagers(
  config: Config | undefined,
  flags: readonly (readonly [name: string, manager: Manager])[],
): Managers | undefined {
  const managers = new Map([...(config?.managers ?? []), ...flags]);
  return managers.size === 0 ? undefined : managers;
}

/** The default for each of these processes but `web`, `release` and the like. */
export function defaultManagers(processes: Iterable<string>): Managers {
  return new Map(
    [...processes]
      .filter((name) => name !== WEB_PROC_NAME && !isRunPerDeploy(name))
      .map((name) => [name, DEFAULT_MANAGER]),
  );
}
