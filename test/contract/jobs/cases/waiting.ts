import type { Case } from '../case.js';

export const WAITING_CASES: readonly Case[] = [
  { name: 'an empty queue', size: 0, latency: 0, given: async () => undefined },
  {
    name: 'two plain jobs',
    size: 2,
    latency: 0.3,
    given: async (queue, pass) => {
      await queue.add();
      await pass(200);
      await queue.add();
      await pass(100);
    },
  },
  {
    name: 'two LIFO jobs: the older one waits longer, though it runs last',
    needs: ['lifo'],
    size: 2,
    latency: 0.3,
    given: async (queue, pass) => {
      await queue.add({ lifo: true });
      await pass(200);
      await queue.add({ lifo: true });
      await pass(100);
    },
  },
  {
    name: 'a LIFO job in front of older plain ones',
    needs: ['lifo'],
    size: 3,
    latency: 0.5,
    given: async (queue, pass) => {
      await queue.add();
      await pass(200);
      await queue.add();
      await queue.add({ lifo: true });
      await pass(300);
    },
  },
  {
    name: 'the oldest has priority 10, the next two priority 1',
    needs: ['priority'],
    size: 3,
    latency: 0.3,
    given: async (queue, pass) => {
      await queue.add({ priority: 10 });
      await pass(100);
      await queue.add({ priority: 1 });
      await queue.add({ priority: 1 });
      await pass(200);
    },
  },
  {
    name: 'the oldest has priority 1, the next ones priority 10 and none',
    needs: ['priority'],
    size: 3,
    latency: 0.3,
    given: async (queue, pass) => {
      await queue.add({ priority: 1 });
      await pass(300);
      await queue.add({ priority: 10 });
      await queue.add();
    },
  },
  {
    name: 'the oldest is a plain job behind prioritized ones',
    needs: ['priority'],
    size: 4,
    latency: 0.7,
    given: async (queue, pass) => {
      await queue.add();
      await pass(300);
      await queue.add();
      await queue.add({ priority: 5 });
      await queue.add({ priority: 1 });
      await pass(400);
    },
  },
  {
    name: 'a job just added: its latency is 1 ms, because 0 means that nothing waits',
    size: 1,
    latency: 0.001,
    given: (queue) => queue.add(),
  },
  {
    name: 'removed jobs',
    needs: ['delay', 'remove'],
    size: 1,
    latency: 0.1,
    given: async (queue, pass) => {
      const old = await queue.add();
      const delayed = await queue.add({ delay: 50 });
      await pass(200);
      await queue.add();
      await old.remove();
      await delayed.remove();
      await pass(100);
    },
  },
];
