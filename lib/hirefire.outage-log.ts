import type { LoggerService } from '@nestjs/common';

/** Some messages are new at every poll. */
const MAX_CAUSES = 10;

/** Logs each cause of an outage once, up to ten causes, and its end. */
export class OutageLog {
  readonly #causes = new Set<string>();

  /**
   * @param outage - begins each line, before the cause
   * @param recovered - the line at the end
   */
  constructor(
    private readonly logger: Pick<LoggerService, 'log' | 'error'>,
    private readonly outage: string,
    private readonly recovered: string,
  ) {}

  /** @param cause - identifies the cause where messages of one cause differ */
  failed(message: string, cause = message, stack?: string): void {
    if (this.#causes.size < MAX_CAUSES && !this.#causes.has(cause)) {
      this.#causes.add(cause);
      const last = this.#causes.size < MAX_CAUSES ? '' : ' (further causes are not logged until it is over)';
      this.logger.error(`${this.outage}: ${message}${last}`, ...(stack === undefined ? [] : [stack]));
    }
  }

  succeeded(): void {
    if (this.#causes.size > 0) {
      this.#causes.clear();
      this.logger.log(this.recovered);
    }
  }
}
