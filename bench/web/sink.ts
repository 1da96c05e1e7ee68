/** Stands in for the services that are sent queue times. */
import { Child } from '../support/child.js';
import { Arrivals } from './arrivals.js';

export class Sink {
  private constructor(
    readonly url: string,
    readonly arrivals: Arrivals,
    private readonly child: Child<number>,
  ) {}

  static async start(): Promise<Sink> {
    const child = new Child<number>('web/sink-process.ts');
    const url = `http://127.0.0.1:${await child.next()}`;
    const arrivals = new Arrivals();
    child.follow((count) => arrivals.add(count));
    return new Sink(url, arrivals, child);
  }

  stop(): Promise<void> {
    return this.child.stop();
  }
}
