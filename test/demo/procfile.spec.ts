import { describe, expect, test } from '@jest/globals';
import { readFile } from 'node:fs/promises';
import { parseProcfile } from '../../sample/demo/procfile.js';

describe('a Procfile', () => {
  test.each(['bull', 'bullmq'])('of the sample on %s', async (backend) => {
    const text = await readFile(`sample/${backend}/Procfile`, 'utf8');
    expect(Object.fromEntries(parseProcfile(text))).toEqual({
      web: 'node dist/web.js',
      compress: 'node dist/worker.js compress',
      digest: 'node dist/worker.js digest',
    });
  });

  test.each<[what: string, text: string, processes: Record<string, string>]>([
    ['nothing', '', {}],
    ['comments and empty lines', '# web: no\n\n   \n  # x\nweb: a\n', { web: 'a' }],
    ['spaces around', 'web :   a b  \n', { web: 'a b' }],
    ['lines of Windows', 'web: a\r\nworker: b\r\n', { web: 'a', worker: 'b' }],
    ['colons in a command', 'web: a --url http://b:1/c', { web: 'a --url http://b:1/c' }],
    ['names with all that is allowed', 'Worker_2-b: a', { 'Worker_2-b': 'a' }],
    ['no space after the colon', 'web:a', { web: 'a' }],
  ])('with %s', (_, text, processes) => {
    expect(Object.fromEntries(parseProcfile(text))).toEqual(processes);
  });

  test.each<[what: string, text: string, line: string]>([
    ['no colon', 'web: a\nworker', 'line 2'],
    ['no command', 'web:   ', 'line 1'],
    ['no name', ': a', 'line 1'],
    ['a name that starts with a digit', '2nd: a', 'line 1'],
    ['the same process twice', 'web: a\nweb: b', 'line 2'],
  ])('is refused with %s', (_, text, line) => {
    expect(() => parseProcfile(text)).toThrow(line);
  });
});
