/** Requests of one tick are read together. */
import { describe, expect, it } from '@jest/globals';
import { Batch } from '../../lib/procs/batch.js';

describe('a batch', () => {
  it('reads the requests of one tick in one call per group, and later ones in another', async () => {
    const calls: string[][] = [];
    const batch = new Batch<string, number>(
      (asked) => asked[0],
      async (group) => {
        calls.push([...group]);
        return group.map(({ length }) => length);
      },
    );

    const later = Promise.resolve().then(() => batch.ask('a late one'));
    expect(await Promise.all([batch.ask('apple'), batch.ask('bee'), batch.ask('ant'), later])).toEqual([5, 3, 3, 10]);
    expect(await batch.ask('again')).toBe(5);
    expect(calls).toEqual([['apple', 'ant', 'a late one'], ['bee'], ['again']]);
  });

  it('fails each that could not be read, and no other', async () => {
    const batch = new Batch<string, number>(
      () => 'all',
      async () => [1, new Error('broken')],
    );

    expect(await Promise.allSettled(['one', 'two', 'three'].map((asked) => batch.ask(asked)))).toEqual([
      { status: 'fulfilled', value: 1 },
      { status: 'rejected', reason: new Error('broken') },
      { status: 'rejected', reason: new Error('the broker gave fewer answers than it was asked for') },
    ]);
  });

  it('fails a group whose call failed, and a request whose group is unknown, alone', async () => {
    const batch = new Batch<string, number>(
      (asked) => {
        if (asked === 'odd') {
          throw new Error('no group');
        }
        return asked;
      },
      async ([asked]) => {
        if (asked === 'down') {
          throw new Error('away');
        }
        return [7];
      },
    );

    expect(await Promise.allSettled(['down', 'odd', 'up'].map((asked) => batch.ask(asked)))).toEqual([
      { status: 'rejected', reason: new Error('away') },
      { status: 'rejected', reason: new Error('no group') },
      { status: 'fulfilled', value: 7 },
    ]);
  });
});
