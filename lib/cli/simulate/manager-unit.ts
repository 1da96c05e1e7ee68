import type { Manager } from '../managers/schema.js';

/** What the number of a manager counts. */
export function unitOf({ type }: Manager): string {
  switch (type) {
    case 'job-queue-size':
      return 'jobs';
    case 'job-queue-latency':
      return 's latency';
    case 'request-queue-time':
      return 'ms queue time';
    case 'response-time':
      return 'ms response time';
    case 'requests-per-minute':
      return 'requests a minute';
  }
}
