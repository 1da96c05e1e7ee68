import { describe, expect, it } from '@jest/globals';
import { realpath } from 'node:fs/promises';
import { resolve } from 'node:path';
import { BACKENDS } from '../../sample/demo/backends.js';
import { optionsFrom } from '../../sample/demo/options.js';

const ROOT = resolve('.');

describe('the command line', () => {
  it('without anything', async () => {
    expect(await optionsFrom([], ROOT)).toEqual({
      folder: await realpath('node_modules'),
      out: undefined,
      ratio: 4000,
      maximum: 4,
      backend: BACKENDS.bull,
      page: false,
    });
  });

  it('with everything', async () => {
    const args = [
      resolve('test'),
      '--out',
      '/some/where',
      '--ratio',
      '7',
      '--maximum',
      '2',
      '--backend',
      'bullmq',
      '--page',
    ];
    expect(await optionsFrom(args, ROOT)).toEqual({
      folder: await realpath('test'),
      out: '/some/where',
      ratio: 7,
      maximum: 2,
      backend: BACKENDS.bullmq,
      page: true,
    });
  });

  it('that asks for help', async () => {
    expect(await optionsFrom(['--help'], ROOT)).toBe('help');
  });

  it.each<[args: string[], message: string]>([
    [['/nonexistent/folder'], 'no such file'],
    [['--ratio', '0'], '--ratio must be a whole number'],
    [['--ratio', '1.5'], '--ratio must be'],
    [['--maximum', 'many'], '--maximum must be'],
    [['--maximum', '-1'], '--maximum'],
    [['--backend', 'rabbit'], '--backend must be bull, bullmq, rq, rabbitmq or pg-boss, not "rabbit"'],
    [['--backend', 'toString'], '--backend must be'],
    [['--backend', ''], '--backend must be bull, bullmq, rq, rabbitmq or pg-boss, not ""'],
    [['--speed', '1'], "Unknown option '--speed'"],
    [['test', 'lib'], 'One folder at a time'],
  ])('is refused: %j', async (args, message) => {
    await expect(optionsFrom(args, ROOT)).rejects.toThrow(message);
  });
});
