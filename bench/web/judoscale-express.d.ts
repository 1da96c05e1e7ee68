/** What the benchmark uses of judoscale-express, which has no types of its own. */
declare module 'judoscale-express' {
  export class Judoscale {
    constructor(options: { readonly api_base_url: string; readonly report_interval_seconds: number });
  }

  export function middleware(judoscale: Judoscale): (request: unknown, response: unknown, next: () => void) => void;
}
