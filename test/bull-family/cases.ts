/** Cases of Bull and BullMQ alone: jobs whose ready time is not stored, lists too long to walk. */
import { take, type Case } from '../contract/jobs/case.js';
import type { FamilyTestQueue } from './contract.js';

const DAY = 86_400_000;

export const BULL_FAMILY_CASES: readonly Case<FamilyTestQueue>[] = [
  {
    name: 'a job from a producer whose clock is ahead',
    size: 1,
    latency: 0.001,
    given: async (queue, pass) => {
      await pass(5 * 60_000);
      await queue.add();
      await pass(-5 * 60_000);
    },
  },
  {
    name: 'promoted before its time: ready since an unknown time',
    size: 1,
    latency: 0.001,
    given: async (queue, pass) => {
      const job = await queue.add({ delay: DAY });
      await pass(500);
      await job.promote();
      await pass(300);
    },
  },
  {
    name: 'promoted before its time, behind a job that waits',
    size: 2,
    latency: 0.4,
    given: async (queue, pass) => {
      const job = await queue.add({ delay: DAY });
      await pass(500);
      await queue.add();
      await job.promote();
      await pass(400);
    },
  },
  {
    name: 'a waiting id whose job is gone',
    size: 2,
    latency: 0.2,
    given: async (queue, pass) => {
      const gone = await queue.add();
      await pass(300);
      await queue.add();
      await gone.vanish();
      await pass(200);
    },
  },
  {
    name: 'a backlog of 250 plain jobs with 3 priorities among them',
    size: 253,
    latency: 9,
    given: async (queue, pass) => {
      await queue.add({ priority: 7 });
      await pass(1000);
      await queue.addMany(125);
      await pass(1000);
      await queue.addMany(125);
      await queue.add({ priority: 1 });
      await queue.add({ priority: 9 });
      await pass(7000);
    },
  },
  {
    name: 'a backlog of 150 prioritized jobs, and a stalled one given back in front of them',
    size: 151,
    latency: 1.5,
    given: async (queue, pass) => {
      await queue.add({ priority: 1 });
      await (await take(queue)).stall();
      await pass(500);
      await queue.addMany(150, { priority: 5 });
      await pass(1000);
      await queue.moveStalledJobs();
    },
  },
  {
    name: 'failed for good, then retried in bulk: ready since an unknown time',
    size: 1,
    latency: 0.001,
    given: async (queue, pass) => {
      await queue.add({ attempts: 2 });
      await (await take(queue)).fail();
      await (await take(queue)).fail();
      await pass(500);
      await queue.retryAll();
      await pass(200);
    },
  },
  {
    name: 'a backlog of 150 plain jobs, and a stalled one given back in front of them',
    size: 151,
    latency: 3.5,
    given: async (queue, pass) => {
      await queue.addMany(151);
      await pass(3000);
      await (await take(queue)).stall();
      await pass(500);
      await queue.moveStalledJobs();
    },
  },
  {
    name: 'a backlog of 150 plain jobs behind 5 prioritized ones, and a stalled one given back in front of them',
    size: 156,
    latency: 3.5,
    given: async (queue, pass) => {
      await queue.addMany(150);
      await pass(3000);
      await queue.addMany(6, { priority: 3 });
      await (await take(queue)).stall();
      await pass(500);
      await queue.moveStalledJobs();
    },
  },
  {
    name: 'a backlog of 200 plain jobs that 10 overdue delayed ones were moved behind',
    size: 210,
    latency: 6.3,
    given: async (queue, pass) => {
      await queue.addMany(10, (index) => ({ delay: 100 * (index + 1) }));
      await pass(4400);
      await queue.addMany(200);
      await pass(2000);
      await queue.moveDueJobs();
    },
  },
  {
    name: 'a backlog of 270 plain jobs with 40 overdue ones in the middle',
    size: 270,
    latency: 7,
    given: async (queue, pass) => {
      await queue.addMany(40, { delay: 1000 });
      await pass(5000);
      await queue.addMany(200);
      await pass(2000);
      await queue.moveDueJobs();
      await queue.addMany(30);
      await pass(1000);
    },
  },
  {
    name: 'a backlog of two priorities behind a stalled job: the head of the second is the oldest',
    size: 142,
    latency: 9,
    given: async (queue, pass) => {
      await queue.add({ priority: 2 });
      await pass(6000);
      await queue.addMany(41, { priority: 1 });
      await queue.addMany(100, { priority: 2 });
      await pass(3000);
      await (await take(queue)).stall();
      await queue.moveStalledJobs();
    },
  },
  {
    name: 'a backlog of 150 jobs with 150 priorities, of which one in the middle is the oldest',
    size: 150,
    latency: 3,
    given: async (queue, pass) => {
      await queue.add({ priority: 120 });
      await pass(2000);
      await queue.addMany(149, (index) => ({ priority: index < 119 ? index + 1 : index + 2 }));
      await pass(1000);
    },
  },
  {
    name: 'a backlog of 250 LIFO jobs',
    size: 250,
    latency: 3,
    given: async (queue, pass) => {
      await queue.addMany(125, { lifo: true });
      await pass(2000);
      await queue.addMany(125, { lifo: true });
      await pass(1000);
    },
  },
];
