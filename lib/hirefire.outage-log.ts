import type { LoggerService } from '@nestjs/common';

/** Logs an outage once for each of its causes, and its end. */
export class OutageLog {
  readonly #causes = new Set<string>();

  /**
   * @param what - what can't be done, to be followed by the reason
   * @param recovered - the line at the end
   */
  constructor(
    private readonly logger: Pick<LoggerService, 'log' | 'error'>,
    private readonly what: string,
    private readonly recovered: string,
  ) {}

  /** @param cause - the same as long as the message would tell nothing new */
  failed(message: string, cause = message, stack?: string): void {
    if (!this.#causes.has(cause)) {
      this.#causes.add(cause);
      this.logger.error(`${this.what}: ${message}`, ...(stack === undefined ? [] : [stack]));
    }
  }

  succeeded(): void {
    if (this.#causes.size > 0) {
      this.#causes.clear();
      this.logger.log(this.recovered);
    }
  }
}
