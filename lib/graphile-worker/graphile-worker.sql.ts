import { MAX_COUNT, type PostgresLibrary } from '../postgres/postgres-library.js';
import { hasColumns, literal, NOW, secondsBetween } from '../postgres/sql.js';

/** Of graphile-worker 0.16. */
const FIRST_VERSION = 18;
/** Of graphile-worker 0.18. */
const LAST_VERSION = 20;

/** Jobs that a worker could start now, in the words of the index by which workers find them. */
const IS_READY = `is_available = true and run_at <= ${NOW}`;
/** The order of that index: the planner then reads the index only. */
const SORTED = 'order by priority, run_at';

export const GRAPHILE_WORKER: PostgresLibrary = {
  name: 'graphile-worker',
  versions: [FIRST_VERSION, LAST_VERSION, 'graphile-worker 0.16 to 0.18'],
  migration: 'run its migrations, as every worker does when it starts',
  unknown: {
    isError: false,
    message: (task) =>
      `no job of graphile-worker's task "${task}" was ever added, so it counts as 0. Correct its name if it is misspelt.`,
  },
  version: (schema) => `(select pg_catalog.max(id) from ${schema}.migrations)`,
  tables: (schema) => [`${schema}._private_jobs`, `${schema}._private_tasks`],
  isAsKnown: (schema) =>
    [
      hasColumns(`${schema}._private_jobs`, {
        task_id: 'pg_catalog.int4',
        run_at: 'pg_catalog.timestamptz',
        priority: 'pg_catalog.int2',
        is_available: 'pg_catalog.bool',
        locked_at: 'pg_catalog.timestamptz',
      }),
      hasColumns(`${schema}._private_tasks`, { id: 'pg_catalog.int4', identifier: 'pg_catalog.text' }),
    ].join(' and '),
  isIndexed: (schema) =>
    `(exists (select from pg_catalog.pg_index join pg_catalog.pg_attribute on attrelid = indrelid and attnum = indkey[0] ` +
    `where indrelid = ${literal(`${schema}._private_jobs`)}::pg_catalog.regclass and attname = 'task_id' and indisvalid ` +
    `and pg_catalog.pg_get_expr(indpred, indrelid) like '%is_available%'))::int`,
  read(schema, { isIndexed }, wanted, queues, also) {
    const jobs = `${schema}._private_jobs`;
    const values = queues.map(({ n, name }) => `(${n}, ${literal(name)})`).join(', ');
    const tasks =
      `asked as materialized (select n, tasks.id from (values ${values}) asked (n, name) ` +
      `left join ${schema}._private_tasks tasks on tasks.identifier = asked.name), ` +
      `tasks as materialized (select distinct id from asked where id is not null)`;
    const ofEach = (columns: string, order: string, most: number): string =>
      `select id, found.* from tasks cross join lateral (select ${columns} from (select run_at from ${jobs} ` +
      `where task_id = tasks.id and ${IS_READY} ${order} limit ${most}) jobs) found`;
    const ofAll = (columns: string): string =>
      `select task_id as id, ${columns} from (select task_id, run_at from ${jobs} where ${IS_READY} ${SORTED}) jobs ` +
      `where task_id = any (array(select id from tasks)) group by task_id`;

    if (wanted === 'latency') {
      const oldest = isIndexed
        ? ofEach('pg_catalog.min(run_at) as at', 'order by run_at', 1)
        : ofAll('pg_catalog.min(run_at) as at');
      return (
        `with ${tasks}, oldest as materialized (${oldest}) select n, (id is not null)::int as known, 0 as ready, 0 as active, ` +
        `${secondsBetween('at', NOW)} as latency, ${also} from asked left join oldest using (id)`
      );
    }
    // Without that index one pass over all ready jobs serves all tasks, unless there is only one.
    const isOne = new Set(queues.map(({ name }) => name)).size === 1;
    const ready =
      isIndexed || isOne
        ? ofEach('pg_catalog.count(*) as count', isIndexed ? 'order by run_at' : SORTED, MAX_COUNT)
        : ofAll('pg_catalog.count(*) as count');
    const unfilled = `select tasks.id from tasks left join ready using (id) where coalesce(ready.count, 0) < ${MAX_COUNT}`;
    const active =
      wanted === 'ready'
        ? 'select null::int as id, 0 as count where false'
        : `select task_id as id, pg_catalog.count(*) as count from ${jobs} where locked_at is not null ` +
          `and task_id = any (array(${unfilled})) and exists (${unfilled}) group by task_id`;
    return (
      `with ${tasks}, ready as materialized (${ready}), active as materialized (${active}) ` +
      `select n, (id is not null)::int as known, least(coalesce(ready.count, 0), ${MAX_COUNT})::int as ready, ` +
      `least(coalesce(active.count, 0), ${MAX_COUNT} - least(coalesce(ready.count, 0), ${MAX_COUNT}))::int as active, ` +
      `null::pg_catalog.text as latency, ${also} from asked left join ready using (id) left join active using (id)`
    );
  },
};
