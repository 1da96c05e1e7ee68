import type { Editor } from './editor.js';

const ALL = ['metric', 'protect', 'queues', 'skipActive'];
const METRICS = ['latency', 'size'];

/** The completions of `@HireFireProc()` as they should be. */
export const COMPLETIONS: Readonly<Record<string, readonly string[]>> = {
  '{ ¦ }': ALL,
  "{ queues: ['mail'], ¦ }": ['metric', 'protect', 'skipActive'],
  "{ metric: 'latency', ¦ }": ['protect', 'queues', 'skipActive'],
  '{ skip¦: true }': ALL,
  "{ metric: '¦' }": METRICS,
  "{ skipActive: true, metric: '¦' }": METRICS,
  "{ metric: 'si¦ze' }": METRICS,
  "{ metric: 'laten¦cy' }": METRICS,
  '{ protect: { ¦ } }': ['minimumLatency', 'ratio'],
  "{ metric: 'latency', protect: { ¦ } }": ['minimumLatency', 'ratio'],
};

/** @param from - the module that the code imports `HireFireProc` from */
export function completionsOf(editor: Editor, from: string): Record<string, readonly string[]> {
  const code = (options: string): string =>
    `import { HireFireProc } from '${from}';
     @HireFireProc('worker', ${options})
     export class WorkerProc { quantity(): number { return 0; } }`;
  return Object.fromEntries(Object.keys(COMPLETIONS).map((options) => [options, editor.completions(code(options))]));
}
