/** A process that polls, as the benchmark talks to it. */
import { Child } from '../support/child.js';
import type { LibraryName, SetUp, Variant } from './plan.js';
import type { Usage } from './usage.js';

export interface PollTask {
  readonly queues: number;
  readonly variants: readonly Variant[];
  /** What every variant must answer: jobs, and epoch ms since which the oldest has been ready, null when none is. */
  readonly expected: { readonly size: number; readonly oldest: number | null };
  /** Milliseconds. */
  readonly budget: number;
}

/** Milliseconds of one poll, for each variant that took part. */
export type Round = Readonly<Partial<Record<Variant, number>>>;

export interface PollReport {
  readonly rounds: readonly Round[];
  readonly usages: Readonly<Partial<Record<Variant, Usage>>>;
}

export class Poller {
  private constructor(private readonly child: Child<PollReport | 'ready'>) {}

  static async start(library: LibraryName, setUp: SetUp, port: number, redisPort: number): Promise<Poller> {
    const child = new Child<PollReport | 'ready'>('poll/poll-process.ts', {
      args: [library, setUp, `${port}`, `${redisPort}`],
    });
    await child.next();
    return new Poller(child);
  }

  async measure(task: PollTask): Promise<PollReport> {
    const report = await this.child.ask(JSON.stringify(task));
    if (report === 'ready') {
      throw new Error('the process has measured nothing');
    }
    return report;
  }

  stop(): Promise<void> {
    return this.child.stop();
  }
}
