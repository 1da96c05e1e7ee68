import { take, type Case } from '../case.js';

/** Exponential back-off grows in a library's own way. */
export function retriedCases(growth: (failures: number) => number): readonly Case[] {
  return [
    {
      name: 'retried at once 0.3 s ago, created 0.8 s ago',
      needs: ['attempts'],
      size: 1,
      latency: 0.3,
      given: async (queue, pass) => {
        await queue.add({ attempts: 3 });
        await pass(500);
        await (await take(queue)).fail();
        await pass(300);
      },
    },
    {
      name: 'back-off due 0.45 s ago that no worker moved',
      needs: ['attempts', 'back-off'],
      size: 1,
      latency: 0.45,
      given: async (queue, pass) => {
        await queue.add({ attempts: 3, backoff: 250 });
        await pass(100);
        await (await take(queue)).fail();
        await pass(700);
      },
    },
    {
      name: 'back-off due 0.45 s ago that a worker moved',
      needs: ['moves due jobs', 'attempts', 'back-off'],
      size: 1,
      latency: 0.45,
      given: async (queue, pass) => {
        await queue.add({ attempts: 3, backoff: 250 });
        await pass(100);
        await (await take(queue)).fail();
        await pass(700);
        await queue.moveDueJobs();
      },
    },
    {
      name: 'exponential back-off, second failure: due 0.2 s ago and moved',
      needs: ['moves due jobs', 'attempts', 'back-off', 'exponential back-off'],
      size: 1,
      latency: 0.2,
      given: async (queue, pass) => {
        await queue.add({ attempts: 3, backoff: { type: 'exponential', delay: 1000 } });
        await (await take(queue)).fail();
        await pass(growth(1) * 1000 + 1);
        await queue.moveDueJobs();
        await (await take(queue)).fail();
        await pass(growth(2) * 1000 + 200);
        await queue.moveDueJobs();
      },
    },
    {
      name: 'a back-off that is not over',
      needs: ['attempts', 'back-off', 'stopped clock'],
      size: 0,
      latency: 0,
      given: async (queue, pass) => {
        await queue.add({ attempts: 3, backoff: 5000 });
        await (await take(queue)).fail();
        await pass(4999);
      },
    },
    {
      name: 'failed for good',
      size: 0,
      latency: 0,
      given: async (queue) => {
        await queue.add();
        await (await take(queue)).fail();
      },
    },
    {
      name: 'completed',
      size: 0,
      latency: 0,
      given: async (queue) => {
        await queue.add();
        await (await take(queue)).complete();
      },
    },
  ];
}
