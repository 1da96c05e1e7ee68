/** What the benchmark uses of judoscale-bullmq, which has no types of its own. */
declare module 'judoscale-bullmq' {
  interface Adapter {
    readonly identifier: string;
    readonly collector: {
      queueNames: Set<string>;
      collect(): Promise<readonly { readonly value: number }[]>;
    };
  }

  export class Judoscale {
    static readonly adapters: readonly Adapter[];
    constructor(options: {
      readonly redis: { readonly host: string; readonly port: number };
      readonly log_level: string;
    });
  }
}
