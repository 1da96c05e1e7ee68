import { MAX_COUNT, type PostgresLibrary } from '../postgres/postgres-library.js';
import { hasColumns, literal, NOW, secondsBetween } from '../postgres/sql.js';

/** Of pg-boss 10.0. */
const FIRST_VERSION = 21;
/** Jobs can wait for other jobs. */
const BLOCKED_SINCE = 31;
/** The index of ready jobs is sorted by priority instead of time. */
const BY_PRIORITY_SINCE = 40;
/** The schema has its own clock. */
const CLOCK_SINCE = 42;
/** An index covers all unfinished states. */
const BY_STATE_SINCE = 46;
/** Of pg-boss 12.38. */
const LAST_VERSION = 46;

const TEXT = 'pg_catalog.text';

export const PG_BOSS: PostgresLibrary = {
  name: 'pg-boss',
  versions: [FIRST_VERSION, LAST_VERSION, 'pg-boss 10 to 12.38'],
  migration: 'start pg-boss, which makes and migrates its schema',
  unknown: {
    isError: true,
    message: (queue) => `pg-boss has no queue "${queue}": create it with createQueue(), or correct its name`,
  },
  version: (schema) => `(select pg_catalog.max(version) from ${schema}.version)`,
  tables: (schema) => [`${schema}.job`, `${schema}.queue`],
  isAsKnown: (schema) => {
    const states = literal(`${schema}.job_state`);
    // A state that is sorted before active would be one of waiting jobs: pg-boss compares by that order.
    return [
      hasColumns(`${schema}.job`, {
        name: TEXT,
        state: `${schema}.job_state`,
        start_after: 'pg_catalog.timestamptz',
        blocked: 'pg_catalog.bool',
      }),
      hasColumns(`${schema}.queue`, { name: TEXT }),
      `pg_catalog.to_regprocedure(${literal(`${schema}.job_now()`)}) is not null`,
      `(select pg_catalog.array_agg(enumlabel::${TEXT} order by enumsortorder) from (select enumlabel, enumsortorder ` +
        `from pg_catalog.pg_enum where enumtypid = pg_catalog.to_regtype(${states}) order by enumsortorder limit 3) states) ` +
        `= array['created', 'retry', 'active']`,
    ].join(' and ');
  },
  isIndexed: () => '0',
  read(schema, { version }, wanted, queues, also) {
    const asked = `(values ${queues.map(({ n, name }) => `(${n}, ${literal(name)})`).join(', ')}) asked (n, name)`;
    // A queue with jobs need not be looked up.
    const isKnown = (hasJobs: string): string =>
      `(${hasJobs} or exists (select from ${schema}.queue where name = asked.name))::int as known`;
    if (wanted === 'latency') {
      return (
        `select n, ${isKnown('oldest.at is not null')}, 0 as ready, 0 as active, ${secondsBetween('oldest.at', clockSql(schema, version))} as latency, ${also} ` +
        `from ${asked} cross join lateral (select pg_catalog.min(start_after) as at from (${readyJobs(schema, version, isSortedByAge(version) ? 1 : undefined)}) jobs) oldest`
      );
    }
    const ready = `select least(pg_catalog.count(*), ${MAX_COUNT})::int as count from (${readyJobs(schema, version, MAX_COUNT)}) jobs`;
    const active =
      wanted === 'ready'
        ? 'select 0 as count'
        : `select pg_catalog.count(*)::int as count from (select from ${schema}.job where name = asked.name and state = 'active' ` +
          `limit ${MAX_COUNT} - ready.count) jobs`;
    return (
      `select n, ${isKnown('ready.count + active.count > 0')}, ready.count as ready, active.count as active, null::pg_catalog.text as latency, ${also} ` +
      `from ${asked} cross join lateral (${ready}) ready cross join lateral (${active}) active`
    );
  },
};

function isSortedByAge(version: number): boolean {
  return version < BY_PRIORITY_SINCE || version >= BY_STATE_SINCE;
}

/** In the order of an index of that version, so PostgreSQL stops reading at the limit. */
function readyJobs(schema: string, version: number, most: number | undefined): string {
  const jobs = (states: string, order: string): string =>
    `select start_after from ${schema}.job where name = asked.name and ${states} ` +
    `${version < BLOCKED_SINCE ? '' : 'and not blocked '}and start_after <= ${clockSql(schema, version)}` +
    (most === undefined ? '' : ` order by ${order} limit ${most}`);

  if (version >= BY_STATE_SINCE) {
    return `(${jobs("state = 'created'", 'start_after')}) union all (${jobs("state = 'retry'", 'start_after')})`;
  }
  return jobs("state < 'active'", version < BY_PRIORITY_SINCE ? 'start_after' : 'priority desc, created_on');
}

function clockSql(schema: string, version: number): string {
  return version < CLOCK_SINCE ? NOW : `${schema}.job_now()`;
}
