import { expect, it } from '@jest/globals';
import { sourcesText } from '../../../../cli/commands/simulate/sources.js';
import { parseConfig } from '../../../../cli/hirefire/managers/config.js';

const CONFIG = parseConfig('{"managers":{"worker":{"type":"job-queue-size"}}}');

it.each([
  [undefined, {}, 1, 'Read Procfile: a checkup every 1 s'],
  [undefined, { A: '1', B: '2' }, 1, 'Read Procfile, .env (2 variables): a checkup every 1 s'],
  [
    ['app/hirefire.json', CONFIG],
    ...[{ A: '1' }, 60],
    'Read Procfile, app/hirefire.json (1 manager), .env (1 variable): a checkup every 60 s; --every 1s is faster',
  ],
] as const)('%#: names the files that exist, and the pace', (config, variables, every, text) => {
  expect(sourcesText({ procfile: 'Procfile', config, env: ['.env', variables], every })).toBe(text);
});
