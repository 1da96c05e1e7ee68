import { take, type Case } from '../case.js';

export const PAUSED_CASES: readonly Case[] = [
  {
    name: 'paused with 2 waiting',
    needs: ['pause'],
    size: 0,
    latency: 0,
    given: async (queue, pass) => {
      await queue.add();
      await queue.add();
      await pass(300);
      await queue.pause();
    },
  },
  {
    name: 'paused with 1 active, 1 waiting, 1 due, 1 added since',
    needs: ['delay', 'pause'],
    size: 1,
    sizeWithoutActive: 0,
    latency: 0,
    given: async (queue, pass) => {
      await queue.add();
      await queue.add();
      await queue.add({ delay: 100 });
      await take(queue);
      await queue.pause();
      await queue.add();
      await pass(300);
    },
  },
  {
    name: 'paused and resumed',
    needs: ['pause'],
    size: 2,
    latency: 0.3,
    given: async (queue, pass) => {
      await queue.add();
      await queue.pause();
      await queue.add();
      await pass(300);
      await queue.resume();
    },
  },
];
