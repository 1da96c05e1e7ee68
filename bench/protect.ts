/** The cost of protected dynos: a size with 1,000 active jobs in 64 dynos, next to the same size without protection. */
import { Queue } from 'bullmq';
import { Redis } from 'ioredis';
import { HireFireProc } from 'nestjs-hirefire';
import { BullMQProc } from 'nestjs-hirefire/bullmq';
import { RedisServer } from '../tools/redis-server.js';
import { compare, type Comparison, type Cost } from './compare.js';
import { LIMITS } from './polls.js';

@HireFireProc('worker')
class PlainProc extends BullMQProc {}
@HireFireProc('worker', { protect: { ratio: 100 } })
class ProtectedProc extends BullMQProc {}

const FILL = `for id = 1, 1000 do
  redis.call('LPUSH', KEYS[1] .. 'active', id)
  local worker = 'worker.' .. (id % 64 + 1)
  redis.call('HSET', KEYS[1] .. id, 'name', 'compress', 'data', '{"file":"typescript.js"}', 'processedOn', id, 'ats', 1, 'pb', worker)
end`;

export async function measureProtect(): Promise<Comparison> {
  const server = await RedisServer.start();
  const redis = new Redis(server.port);
  const queue = new Queue('compress', { connection: { port: server.port } });
  try {
    await redis.eval(FILL, 1, queue.toKey(''));
    const [plain, protects] = [new PlainProc(queue), new ProtectedProc(queue)];
    const costs = {
      floor: await costOf(() => plain, 1_000),
      'next poll': await costOf(() => protects, 6_301),
      'first poll': await costOf(() => new ProtectedProc(queue), 6_301),
    };
    return await compare(['BullMQ 6', '1,000 active in 64 dynos'], 'ms', costs, LIMITS);
  } finally {
    await queue.close();
    redis.disconnect();
    await server.stop();
  }
}

/** @throws Error where the answer is not the right one */
async function costOf(procOf: () => BullMQProc, right: number): Promise<Cost> {
  const answer = await procOf().quantity();
  if (answer !== right) {
    throw new Error(`the size is ${answer}, not ${right}`);
  }
  return async () => {
    const proc = procOf();
    const start = performance.now();
    await proc.quantity();
    return performance.now() - start;
  };
}
