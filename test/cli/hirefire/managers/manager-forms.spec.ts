import { expect, it } from '@jest/globals';
import { managerForms } from '../../../../cli/hirefire/managers/manager-forms.js';
import { parseManagerFlag } from '../../../../cli/hirefire/managers/manager-flag.js';

/** The settings without a default. */
const REQUIRED: Readonly<Record<string, string>> = {
  'job-queue-size': '',
  'job-queue-latency': 'minimumLatency=1,maximumLatency=2',
  'request-queue-time': 'minimumQueueTime=1,maximumQueueTime=2',
  'response-time': 'minimumResponseTime=1,maximumResponseTime=2',
  'requests-per-minute': 'ratio=100',
};

it('there is a form for each type, with every setting but time ranges and protect, and its default', () => {
  const forms = managerForms();
  expect(forms.map(({ type }) => type)).toEqual(Object.keys(REQUIRED));
  for (const { type, isForWeb, settings } of forms) {
    const process = isForWeb ? 'web' : 'worker';
    const [, manager] = parseManagerFlag([`${process}=${type}`, REQUIRED[type]].filter(Boolean).join());
    const defaults = settings.map(({ name, default: byDefault }): [string, unknown] => [name, byDefault]);
    const { type: _type, timeRanges: _ranges, ...all } = manager;
    const { protect: _protect, ...rest } = { protect: false, ...all };
    const given = Object.fromEntries(defaults.filter(([, byDefault]) => byDefault === null));
    expect(Object.fromEntries(defaults)).toEqual({ ...rest, ...given });
    expect(settings.every(({ description }) => description !== '')).toBe(true);
  }
  expect(forms.flatMap(({ settings }) => settings).find(({ kind }) => kind === 'choice')).toEqual({
    ...{
      name: 'aggregation',
      label: 'aggregation',
      kind: 'choice',
      choices: ['average', 'percentile'],
      default: 'percentile',
    },
    description: 'How the samples between two checkups become one number.',
  });
});
