import { remembered } from '../hirefire.remembered.js';
import { safely } from '../hirefire.unknown.js';
import type { QueueDescription } from './backend.js';
import type { DiscoveredProc } from './proc-explorer.js';
import { isQueueProc } from './queue-proc.js';
import { QUEUES_BY_NAME, takesNames, type AppProvider } from './queues-by-name.js';

/**
 * Lines for the app's log at start-up: one per proc, with its name, its metric, its queues and their servers; and warnings. A getter, a
 * Proxy or a test's double that throws must not keep the app from starting.
 */
export function startUpReport(procs: readonly DiscoveredProc[], providers: readonly AppProvider[]) {
  const described = procs.map((proc) => ({ ...proc, queues: queuesOf(proc) }));
  const procsOf = new Map<string, string[]>();
  for (const { name, queues } of described) {
    for (const queue of queues) {
      if (queue?.server !== undefined) {
        const place = `${queue.name} on ${queue.server}`;
        remembered(procsOf, place, () => []).push(name);
      }
    }
  }
  return {
    lines: described.map(({ name, metric, queues }) => `The proc "${name}" reports its ${metric}${queueList(queues)}.`),
    warnings: [
      ...[...procsOf]
        .filter(([, names]) => names.length > 1)
        .map(
          ([place, names]) =>
            `The queue ${place} is in the procs ${names.map((name) => `"${name}"`).join(' and ')}: HireFire will hire for its ` +
            'jobs more than once. Pass it to one of them only.',
        ),
      ...(safely(() => unreadWarning(procs, providers)) ?? []),
    ],
  };
}

/** One warning of the queues that no proc reads, in the libraries that a proc is for. */
function unreadWarning(procs: readonly DiscoveredProc[], providers: readonly AppProvider[]): string[] {
  const finders = procs.flatMap(({ instance }) => (takesNames(instance) ? [instance[QUEUES_BY_NAME]] : []));
  const libraries = [...new Map(finders.map((finder) => [finder.library, finder])).values()];
  const queuesAmong = (values: readonly unknown[]): ReadonlyMap<unknown, QueueDescription> =>
    new Map(
      values
        .flatMap((value) => libraries.map(({ placed }) => placed(value)))
        .filter((queue) => queue !== undefined)
        .map((queue) => [queue.place, queue]),
    );
  // A proc that the app wrote can hold a queue in any member.
  const read = queuesAmong(procs.flatMap(({ instance }) => Object.values<unknown>({ ...instance }).flat()));
  const unread = [...queuesAmong(providers.map(({ instance }) => instance))].filter(([place]) => !read.has(place));
  return unread.length === 0
    ? []
    : [
        `No proc reads${queueList(unread.map(([, queue]) => queue))}. HireFire will hire for none of their jobs: add each ` +
          'queue to the proc of the process that works on it.',
      ];
}

function queuesOf({ instance }: DiscoveredProc): readonly (QueueDescription | undefined)[] {
  return safely(() => (isQueueProc(instance) ? instance.descriptions : [])) ?? [];
}

function queueList(queues: readonly (QueueDescription | undefined)[]): string {
  const namesByServer = new Map<string | undefined, string[]>();
  for (const queue of queues) {
    remembered(namesByServer, queue?.server, () => []).push(queue?.name ?? 'a queue');
  }
  return [...namesByServer]
    .map(([server, names], index) => {
      const place = server === undefined ? '' : ` on ${server}`;
      return `${index === 0 ? ': ' : '; '}${names.join(', ')}${place}`;
    })
    .join('');
}
