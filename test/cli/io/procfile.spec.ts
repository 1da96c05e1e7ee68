import { describe, expect, it } from '@jest/globals';
import { isRunPerDeploy, parseProcfile } from '../../../cli/io/procfile.js';
import { UsageError } from '../../../cli/io/errors.js';
import { errorOf } from '../support/errors.js';

describe('a Procfile', () => {
  it('is its processes and their commands, in its order', () => {
    const text =
      '\uFEFFweb: node dist/web.js --port $PORT\r\n\n# a comment: no process\r\n  worker :  node a:b  \nx-1_y:z\n';
    expect([...parseProcfile(text)]).toEqual([
      ['web', 'node dist/web.js --port $PORT'],
      ['worker', 'node a:b'],
      ['x-1_y', 'z'],
    ]);
  });

  it.each([
    ['web node', 'Procfile, line 1: "web node" is not "<process>: <command>"'],
    ['web: a\nworker:  ', 'Procfile, line 2: the process "worker" has no command: write one after the colon'],
    ['a: 1\n\n# x\na: 2', 'Procfile, line 4: the process "a" is already on line 1: remove one of them'],
    [
      '1st: a',
      'Procfile, line 1: "1st" can\'t name a process: a letter first, then letters, digits, - and _, at most 63',
    ],
    ['a b: c', 'Procfile, line 1: "a b: c" is not "<process>: <command>"'],
    [': c', 'Procfile, line 1: ": c" is not "<process>: <command>"'],
    ['\u001b[2Jx', 'Procfile, line 1: "x" is not "<process>: <command>"'],
    ['', 'Procfile, line 1: no process in it: add lines such as "worker: node dist/worker.js"'],
    ['# only\n', 'Procfile, line 1: no process in it: add lines such as "worker: node dist/worker.js"'],
  ])('%j is refused', (text, message) => {
    expect(errorOf(() => parseProcfile(text), UsageError)).toBe(message);
  });

  it('with 80,000 spaces is read at once', () => {
    const spaces = ' '.repeat(80_000);
    expect([...parseProcfile(`a${spaces}:${spaces}b${spaces}c${spaces}`)]).toEqual([['a', `b${spaces}c`]]);
    expect(errorOf(() => parseProcfile(`${spaces}a${spaces}b`), UsageError)).toBe(
      'Procfile, line 1: "" is not "<process>: <command>"',
    );
  }, 10_000);
});

it.each([
  ['release', true],
  ['postdeploy', true],
  ['web', false],
  ['releases', false],
])('%s runs once per deploy: %s', (name, isOnce) => {
  expect(isRunPerDeploy(name)).toBe(isOnce);
});
