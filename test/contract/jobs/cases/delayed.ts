import type { Case } from '../case.js';

const DAY = 86_400_000;

export const DELAYED_CASES: readonly Case[] = [
  {
    name: 'one due 0.3 s ago that no worker moved, one in the future',
    needs: ['delay'],
    size: 1,
    latency: 0.3,
    given: async (queue, pass) => {
      await queue.add({ delay: 1000 });
      await queue.add({ delay: DAY });
      await pass(1300);
    },
  },
  {
    name: 'a job that is due in this very millisecond',
    needs: ['delay', 'stopped clock'],
    size: 1,
    latency: 0.001,
    given: async (queue, pass) => {
      await queue.add({ delay: 1000 });
      await pass(1000);
    },
  },
  {
    name: 'a job that is due in a millisecond',
    needs: ['delay', 'stopped clock'],
    size: 0,
    latency: 0,
    given: async (queue, pass) => {
      await queue.add({ delay: 1000 });
      await pass(999);
    },
  },
  {
    name: 'one due 0.3 s ago that a worker moved',
    needs: ['delay', 'moves due jobs'],
    size: 1,
    latency: 0.3,
    given: async (queue, pass) => {
      await queue.add({ delay: 1000 });
      await pass(1300);
      await queue.moveDueJobs();
    },
  },
  {
    name: 'a delayed prioritized job, due and not moved, then moved',
    needs: ['priority', 'delay', 'moves due jobs'],
    size: 2,
    latency: 0.5,
    given: async (queue, pass) => {
      await queue.add({ delay: 1000, priority: 3 });
      await pass(1100);
      await queue.moveDueJobs();
      await queue.add({ delay: 100, priority: 1 });
      await pass(400);
    },
  },
  {
    name: 'a repeatable job whose next run is in the future',
    needs: ['repeat'],
    size: 0,
    latency: 0,
    given: (queue) => queue.repeat(3_600_000),
  },
  {
    name: 'a repeatable job whose next run is 0.4 s overdue',
    needs: ['repeat'],
    size: 1,
    latency: 0.4,
    given: async (queue, pass) => {
      await pass((await queue.repeat(60_000)) - Date.now() + 400);
    },
  },
];
