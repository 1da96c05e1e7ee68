import { format } from 'node:util';
import type { LoggerService } from '@nestjs/common';

type Level = 'log' | 'warn' | 'error';

/** A Nest logger that keeps its messages. */
export class RecordingLogger implements LoggerService {
  readonly lines: { readonly level: Level; readonly text: string }[] = [];

  log(...message: unknown[]): void {
    this.#record('log', message);
  }

  warn(...message: unknown[]): void {
    this.#record('warn', message);
  }

  error(...message: unknown[]): void {
    this.#record('error', message);
  }

  /** The lines of one level that HireFireModule wrote. */
  hireFire(level: Level): string[] {
    return (
      this.lines
        .filter((line) => line.level === level && line.text.includes('HireFire'))
        .map(({ text }) => text)
        // Nest 10 warns of a module that is slow to serialize; on a busy machine that can be any.
        .filter((text) => !text.includes('to serialize'))
    );
  }

  toString(): string {
    return this.lines.map(({ level, text }) => `${level} ${text}`).join('\n');
  }

  #record(level: Level, message: unknown[]): void {
    this.lines.push({ level, text: format(...message) });
  }
}
