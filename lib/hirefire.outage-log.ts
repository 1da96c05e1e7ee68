import type { LoggerService } from '@nestjs/common';

/** Logs each cause of an outage once, and its end. */
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
    if (!this.#causes.has(cause)) {
      this.#causes.add(cause);
      this.logger.error(`${this.outage}: ${message}`, ...(stack === undefined ? [] : [stack]));
    }
  }

  succeeded(): void {
    if (this.#causes.size > 0) {
      this.#causes.clear();
      this.logger.log(this.recovered);
    }
  }
}
