import { take, type Case } from '../case.js';

export const ACTIVE_CASES: readonly Case[] = [
  {
    name: 'active',
    size: 1,
    sizeWithoutActive: 0,
    latency: 0,
    given: async (queue, pass) => {
      await queue.add();
      await take(queue);
      await pass(500);
    },
  },
  {
    name: 'active, with one waiting behind it',
    size: 2,
    sizeWithoutActive: 1,
    latency: 0.5,
    given: async (queue, pass) => {
      await queue.add();
      await pass(100);
      await queue.add();
      await take(queue);
      await pass(500);
    },
  },
  {
    name: 'stalled: its worker died, unnoticed so far',
    needs: ['stall'],
    size: 1,
    sizeWithoutActive: 0,
    latency: 0,
    given: async (queue, pass) => {
      await queue.add();
      await (await take(queue)).stall();
      await pass(60_000);
    },
  },
  {
    name: 'stalled and given back: ready since a worker had it',
    needs: ['stall'],
    size: 1,
    latency: 0.6,
    given: async (queue, pass) => {
      await queue.add();
      await pass(100);
      await (await take(queue)).stall();
      await pass(600);
      await queue.moveStalledJobs();
    },
  },
];
