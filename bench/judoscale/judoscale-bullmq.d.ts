/** What the benchmark uses of judoscale-bullmq, which has no types of its own. */
declare module 'judoscale-bullmq' {
  interface Collector {
    queueNames: Set<string>;
    collect(): Promise<readonly { readonly value: number }[]>;
  }

  export class Judoscale {
    static readonly adapters: readonly { readonly identifier: string; readonly collector: Collector }[];
    constructor(options: { readonly redis: { readonly port: number }; readonly log_level: string });
  }
}
