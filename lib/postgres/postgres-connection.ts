import { TimeLimit } from '../procs/time-limit.js';
import { explained, wantsOneStatement, PostgresFailure } from './postgres-failure.js';
import { exhaustedAt, rowsOf, type PostgresSource } from './postgres-source.js';

/** ms after which a statement without an answer no longer keeps the next one from being sent, over another connection. */
const MAX_SILENCE = 30_000;

/** How many statements without an answer may be under way: the connections of the pool are the app's. */
const MAX_UNANSWERED = 3;

/** ms overdue after which a statement is lost with its connection, as after a failover that nobody told the driver of. */
const MAX_WAIT = 5 * 60_000;

/** The parts of the time left after which Postgres gives up by itself, so that it can say why before we do. */
const LOCK_SHARE = 0.8;
const STATEMENT_SHARE = 0.9;

export type Row = Readonly<Record<string, unknown>>;

/**
 * Asks through a pool that belongs to the app, always within a deadline. A pool keeps what is sent while the server is silent
 * or its connections are in use, so nothing is sent while an earlier statement is overdue.
 */
export class PostgresConnection {
  static readonly #ofKey = new WeakMap<object, PostgresConnection>();

  /** What was sent and not answered: settles with the answer, whatever it is; and its deadline. */
  readonly #unanswered = new Map<Promise<unknown>, number>();
  #sentAt = -Infinity;
  #takesOneStatement = false;

  /** The one for a pool, which several procs may share. */
  static of({ key }: PostgresSource): PostgresConnection {
    const connection = PostgresConnection.#ofKey.get(key) ?? new PostgresConnection();
    PostgresConnection.#ofKey.set(key, connection);
    return connection;
  }

  /**
   * The rows of one SELECT, in one round trip and a transaction of its own, whose settings end with it.
   *
   * @param deadline - of `performance.now()`
   */
  async select(source: PostgresSource, sql: string, deadline: number): Promise<readonly Row[]> {
    const left = deadline - performance.now();
    const limit = new TimeLimit(left, () => tooLate(source, left));
    try {
      while (this.#isSilent()) {
        await limit.of(Promise.race(this.#unanswered.keys()));
      }
      if (!this.#takesOneStatement) {
        const text = `${settings(Math.max(deadline - performance.now(), 1))}; ${sql}`;
        const result = this.#send(source, text, deadline).catch((error: unknown) => {
          if (!wantsOneStatement(error)) {
            throw error;
          }
        });
        const rows = rowsOf(await limit.of(result));
        if (rows) {
          return rows;
        }
      }
      // What the app put between pg-boss and PostgreSQL may know of one statement only: then it goes without the settings.
      const rows = rowsOf(await limit.of(this.#send(source, sql, deadline)));
      if (!rows) {
        throw new PostgresFailure(source.withoutRows);
      }
      this.#takesOneStatement = true;
      return rows;
    } catch (error) {
      throw explained(error, source.knownMessages ?? []);
    } finally {
      limit.clear();
    }
  }

  #send(source: PostgresSource, text: string, deadline: number): Promise<unknown> {
    // Async, so that what throws at once rejects.
    const sent = (async () => source.send(text))();
    const forget = (): void => {
      this.#unanswered.delete(answered);
    };
    const answered: Promise<void> = sent.then(forget, forget);
    this.#unanswered.set(answered, deadline);
    this.#sentAt = performance.now();
    return sent;
  }

  #isSilent(): boolean {
    const now = performance.now();
    for (const [sent, deadline] of this.#unanswered) {
      if (now - deadline > MAX_WAIT) {
        this.#unanswered.delete(sent);
      }
    }
    const isOverdue = [...this.#unanswered.values()].some((deadline) => deadline <= now);
    return isOverdue && (now - this.#sentAt < MAX_SILENCE || this.#unanswered.size >= MAX_UNANSWERED);
  }
}

/** The planner compiles what it takes for large, which takes longer than to run it. */
function settings(left: number): string {
  return [
    `set local statement_timeout = ${Math.ceil(left * STATEMENT_SHARE)}`,
    `set local lock_timeout = ${Math.ceil(left * LOCK_SHARE)}`,
    'set local jit = off',
  ].join('; ');
}

function tooLate({ pool }: PostgresSource, ms: number): PostgresFailure {
  const max = exhaustedAt(pool);
  // Rounded, because some of the time had passed before: a message that changes is logged as another failure.
  const within = `within ${Math.round(ms / 100) / 10} s`;
  return new PostgresFailure(
    max === undefined
      ? `PostgreSQL did not answer ${within}`
      : `no connection of the pool was free ${within}: all ${max} are in use`,
  );
}
