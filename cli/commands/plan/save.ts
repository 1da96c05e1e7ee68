/** Puts the starred managers into hirefire.json. */
import { configFile } from '../../hirefire/managers/config-file.js';
import type { WorkerManager } from '../../hirefire/managers/schema.js';
import { UsageError } from '../../io/errors.js';
import { workerKindOf } from '../../plan/worker-kinds.js';
import type { PickedProcess } from './answer.js';
import { managerText } from './text.js';

/**
 * @param config - the given file
 * @returns lines: what is saved, and what to change in the app
 * @throws UsageError
 */
export async function saveStarred(processes: readonly PickedProcess[], config: string | undefined): Promise<string[]> {
  const starred = processes.flatMap(({ name, now, picks }) => {
    const pick = picks.starred && picks[picks.starred];
    return pick ? [{ name, now, manager: pick.manager }] : [];
  });
  const file = configFile(config);
  if (starred.length === 0) {
    return [`${file.path} stays as it is: no setting is starred.`];
  }
  if (!(await file.save(new Map(starred.map(({ name, manager }) => [name, manager])), true))) {
    throw new UsageError(
      `${file.path} can't be written: it is a link to a file that is not there, or was made during the search`,
    );
  }
  return starred.flatMap(({ name, now, manager }) => [
    `${file.path}: ${name} has ${managerText(manager)}.`,
    ...decoratorText(name, now, manager),
  ]);
}

/** The proc has the number that protects, so it changes with the manager. */
function decoratorText(name: string, now: WorkerManager, manager: WorkerManager): string[] {
  const [before, after] = [protectionOf(now), protectionOf(manager)];
  if (before === after) {
    return [];
  }
  return after === undefined
    ? [`In the app, take protect out of @HireFireProc('${name}', ...).`]
    : [`In the app, write @HireFireProc('${name}', { protect: ${after} }).`];
}

function protectionOf(manager: WorkerManager): string | undefined {
  return manager.protect ? workerKindOf(manager).protection : undefined;
}
