import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { Redis } from 'ioredis';
import { parseCounters, usageOf } from '../../bench/poll/usage.js';
import { RedisServer } from '../../tools/redis-server.js';

let server: RedisServer;
let control: Redis;
let client: Redis;
beforeAll(async () => {
  server = await RedisServer.start();
  control = new Redis({ port: server.port });
  client = new Redis({ port: server.port });
  await Promise.all([control.ping(), client.ping()]);
});
afterAll(async () => {
  control.disconnect();
  client.disconnect();
  await server.stop();
});

const INFO = `# Stats\r
total_connections_received:7\r
total_net_input_bytes:100\r
total_net_output_bytes:2000\r
# CPU\r
used_cpu_sys:1.250000\r
used_cpu_user:2.000000\r
used_cpu_sys_children:9.000000\r
# Commandstats\r
cmdstat_llen:calls=10,usec=20,usec_per_call=2.00\r
cmdstat_client|setname:calls=3,usec=9,usec_per_call=3.00\r
`;

test('the counters stand in what Redis tells of itself', () => {
  expect(parseCounters(INFO)).toEqual({
    commands: 13,
    connections: 7,
    bytesToRedis: 100,
    bytesFromRedis: 2_000,
    redisCpu: 3_250,
  });
});

test('a counter that is missing is no 0', () => {
  expect(() => parseCounters(INFO.replace('total_net_input', 'total_input'))).toThrow(
    'INFO of Redis does not tell total_net_input_bytes',
  );
});

test('commands and bytes of a poll are counted, those of the counting itself are not', async () => {
  const { commands, connections, bytesToRedis } = await usageOf(control, 4, () =>
    client.pipeline().llen('a').llen('b').exec(),
  );
  // *2\r\n$4\r\nllen\r\n$1\r\na\r\n
  expect({ commands, connections, bytesToRedis }).toEqual({ commands: 2, connections: 0, bytesToRedis: 42 });
});

test('so are commands within a script', async () => {
  const { commands } = await usageOf(control, 2, () =>
    client.eval("redis.call('LLEN', 'a') redis.call('LLEN', 'b')", 0),
  );
  expect(commands).toBe(3);
});

test('and connections', async () => {
  const { connections } = await usageOf(control, 3, async () => {
    const another = new Redis({ port: server.port });
    await another.ping();
    another.disconnect();
  });
  expect(connections).toBe(1);
});
