import { expect, test } from '@jest/globals';
import { Arrivals } from '../../bench/web/arrivals.js';

test('are waited for, and counted anew each time', async () => {
  const arrivals = new Arrivals();
  arrivals.add(1);
  const taken = arrivals.take(3);
  arrivals.add(1);
  arrivals.add(1);
  await taken;
  arrivals.add(2);
  await arrivals.take(2);
});

test('may not be more than there were requests', async () => {
  const arrivals = new Arrivals();
  arrivals.add(4);
  await expect(arrivals.take(3)).rejects.toThrow('4 queue times arrived of 3 requests');
});

test('may not be fewer', async () => {
  const arrivals = new Arrivals(1);
  arrivals.add(2);
  await expect(arrivals.take(3)).rejects.toThrow('2 queue times arrived of 3 requests');
});
