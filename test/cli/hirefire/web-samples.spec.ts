import { describe, expect, it } from '@jest/globals';
import { parseManagerFlag } from '../../../cli/hirefire/managers/manager-flag.js';
import { samplesOf } from '../../../cli/hirefire/dispatch-sink.js';
import { queueTimeOf, WebSamples } from '../../../cli/hirefire/web-samples.js';

const manager = (text: string): ReturnType<typeof parseManagerFlag>[1] => parseManagerFlag(`web=${text}`)[1];
const QUEUE_TIME = manager('request-queue-time,minimumQueueTime=1,maximumQueueTime=2,aggregation=average');
const RESPONSE_TIME = manager('response-time,minimumResponseTime=1,maximumResponseTime=2,percentile=50');
const RPM = manager('requests-per-minute,ratio=10');

describe('the line of Logplex', () => {
  it.each<[line: string, ms: number | undefined]>([
    ['[hirefire:router] queue=162ms', 162],
    ['some prefix [hirefire:router] queue=0ms', 0],
    ['[hirefire:router] queue=ms', undefined],
    ['queue=162ms', undefined],
  ])('%s -> %s', (line, ms) => {
    expect(queueTimeOf(line)).toBe(ms);
  });
});

describe('what an app dispatches', () => {
  const NOW = 1_717_171_720;

  it.each<[body: string, samples: number[] | undefined]>([
    [`{"${NOW - 2}":[12,0,7],"${NOW - 1}":[3]}`, [12, 0, 7, 3]],
    [`{"${NOW - 61}":[1],"${NOW - 62}":[2]}`, [1]],
    [`{"${NOW + 1}":[1],"${NOW + 2}":[2]}`, [1]],
    ['{}', []],
    ['[]', undefined],
    ['null', undefined],
    ['{"x":[1]}', undefined],
    [`{"${NOW}":[null]}`, undefined],
    [`{"${NOW}":[-1]}`, undefined],
    [`{"${NOW}":1}`, undefined],
  ])('%s -> %j', (body, samples) => {
    expect(samplesOf(body, NOW)).toEqual(samples);
  });
});

describe('the number of web at a checkup', () => {
  it('is made of the samples since the last one', () => {
    const samples = new WebSamples(() => 0, 0);
    samples.addQueueTimes([10, 20]);
    samples.addRequest(5);
    expect(samples.checkup(QUEUE_TIME, 0)).toBe(15);
    expect(samples.checkup(QUEUE_TIME, 0)).toBe(0);
  });

  it('is unknown, and no 0, when requests came and none was measured', () => {
    const samples = new WebSamples(() => 0, 0);
    expect(samples.checkup(QUEUE_TIME, 1)).toBeNull();
    samples.addRequest(5);
    expect(samples.checkup(QUEUE_TIME, 0)).toBeNull();
  });

  it('is the last one measured for up to 2 s, because an app dispatches a second late', () => {
    let now = 0;
    const samples = new WebSamples(() => now, 0);
    const at = (ms: number, measured: number[], by = QUEUE_TIME): number | null => {
      now = ms;
      samples.addRequest(5);
      samples.addQueueTimes(measured);
      return samples.checkup(by, 0);
    };
    expect([at(1_000, []), at(2_000, [30]), at(3_000, []), at(4_000, []), at(4_001, [])]).toEqual([
      ...[null, 30, 30, 30, null],
    ]);
    expect([at(5_000, [40]), at(6_000, [], RPM), at(6_500, [])]).toEqual([40, expect.any(Number), null]);
    expect([at(7_000, [50]), samples.checkup(QUEUE_TIME, 0)]).toEqual([50, 0]);
  });

  it('is what the router has measured for a response-time', () => {
    const samples = new WebSamples(() => 0, 0);
    [30, 10, 20].forEach((ms) => samples.addRequest(ms));
    expect(samples.checkup(RESPONSE_TIME, 0)).toBe(20);
    expect(samples.checkup(RESPONSE_TIME, 1)).toBeNull();
  });

  it('counts the requests of the last minute for requests-per-minute', () => {
    let now = 0;
    const samples = new WebSamples(() => now, 0);
    const after = (ms: number, requests: number): number | null => {
      now += ms;
      Array.from({ length: requests }, () => samples.addRequest(1));
      return samples.checkup(RPM, 0);
    };
    expect(after(30_000, 5)).toBe(10);
    expect(after(30_000, 1)).toBe(6);
    expect(after(30_000, 2)).toBe(3);
    expect(after(60_000, 0)).toBe(0);
  });
});
