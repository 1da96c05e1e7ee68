/** The lines of drainOnShutdown(), which its own specs check word by word. */
import { expect, it } from '@jest/globals';
import { drainLineOf } from '../../../cli/heroku/drain-line.js';

it.each([
  ['SIGTERM: no worker starts another job. No job runs.', { kind: 'draining', jobs: 0 }],
  ['SIGINT: no worker starts another job. 1 job has 24 s to end: mail 7', { kind: 'draining', jobs: 1 }],
  ['SIGTERM: no worker starts another job. 12 jobs have 24 s to end: mail 7, 8', { kind: 'draining', jobs: 12 }],
  ['0 jobs ended, 0 were handed back.', { kind: 'drained', lost: 0 }],
  ['1 job ended, 2 (mail 7, 8) were handed back.', { kind: 'drained', lost: 0 }],
  ['0 jobs ended, 0 were handed back. 2 (mail 7, 8) were not: Redis did not answer.', { kind: 'drained', lost: 2 }],
  ['the parcel was handed back. 2 more', undefined],
])('%s', (line, drain) => {
  expect(drainLineOf(`[Nest] 4711  - 11/30/2026, 8:00:00 AM     LOG [drainOnShutdown] ${line}`)).toEqual(drain);
  expect(drainLineOf(JSON.stringify({ level: 'log', message: line, context: 'drainOnShutdown' }))).toEqual(drain);
});
