import { remembered } from '../hirefire.remembered.js';
import { InFlight } from '../procs/connection.js';
import { MeasureFailure } from '../procs/measure-failure.js';
import { TimeLimit } from '../procs/time-limit.js';
import { explained, wantsOneStatement } from './postgres-failure.js';
import { exhaustedAt, rowsOf, type PostgresSource } from './postgres-source.js';

/** The parts of the time left after which Postgres gives up by itself: it knows why, and must be first. */
const LOCK_SHARE = 0.8;
const STATEMENT_SHARE = 0.9;

export type Row = Readonly<Record<string, unknown>>;

/**
 * Asks through a pool of the app, always within a deadline. A pool keeps statements while the server is silent or its connections
 * are in use, so nothing is sent while an earlier statement is overdue.
 */
export class PostgresConnection {
  static readonly #ofKey = new WeakMap<object, PostgresConnection>();

  readonly #inFlight = new InFlight();
  #takesOneStatement = false;

  /** The one for a pool, which several procs may share. */
  static of({ key }: PostgresSource): PostgresConnection {
    return remembered(PostgresConnection.#ofKey, key, () => new PostgresConnection());
  }

  /**
   * The rows of one SELECT, in one round trip. It is one transaction, whose settings end with it.
   *
   * @param deadline - of `performance.now()`
   */
  async select(source: PostgresSource, sql: string, deadline: number): Promise<readonly Row[]> {
    const left = deadline - performance.now();
    const limit = new TimeLimit(left, () => tooLate(source, left));
    const send = (text: string): Promise<unknown> => this.#inFlight.send(() => source.send(text), deadline);
    try {
      while (this.#inFlight.isStuck) {
        await limit.of(this.#inFlight.next);
      }
      if (!this.#takesOneStatement) {
        const result = send(`${settings(Math.max(deadline - performance.now(), 1))}; ${sql}`).catch(
          (error: unknown) => {
            if (!wantsOneStatement(error)) {
              throw error;
            }
          },
        );
        const rows = rowsOf(await limit.of(result));
        if (rows) {
          return rows;
        }
      }
      // A layer of the app between pg-boss and PostgreSQL may accept one statement only: then it goes without the settings.
      const rows = rowsOf(await limit.of(send(sql)));
      if (!rows) {
        throw new MeasureFailure(source.withoutRows);
      }
      this.#takesOneStatement = true;
      return rows;
    } catch (error) {
      throw explained(error, source);
    } finally {
      limit.clear();
    }
  }
}

/** Without the planner's JIT: to compile a statement whose cost it overrates takes longer than to run it. */
function settings(left: number): string {
  return [
    `set local statement_timeout = ${Math.ceil(left * STATEMENT_SHARE)}`,
    `set local lock_timeout = ${Math.ceil(left * LOCK_SHARE)}`,
    'set local jit = off',
  ].join('; ');
}

function tooLate({ pool }: PostgresSource, ms: number): MeasureFailure {
  const max = exhaustedAt(pool);
  // Rounded, because some of the time had passed before: a message that changes is logged as another failure.
  const within = `within ${Math.round(ms / 100) / 10} s`;
  return new MeasureFailure(
    max === undefined
      ? `PostgreSQL did not answer ${within}`
      : `no connection of the pool was free ${within}: all ${max} are in use`,
  );
}
