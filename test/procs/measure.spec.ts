/** `HireFireService.measure()`: the numbers it makes of the procs' answers, and its errors and log lines. */
import { runInNewContext } from 'node:vm';
import { afterEach, describe, expect, it, jest } from '@jest/globals';
import fc from 'fast-check';
import {
  HireFireMeasureError,
  MeasureFailure,
  type HireFireModuleOptions,
  type Metric,
  type ProcMeasurement,
} from '../../lib/index.js';
import { Deferred, failures, procGiving, refusal, startApp, throwing } from './support.js';

async function measured(answer: () => unknown, metric: Metric = 'size'): Promise<readonly ProcMeasurement[]> {
  const { app, service } = await startApp({ providers: [procGiving('worker', answer, metric)] });
  const result = await service.measure();
  await app.close();
  return result;
}

async function failureOf(answer: () => unknown, options?: HireFireModuleOptions, metric?: Metric): Promise<string> {
  const { service } = await startApp({ providers: [procGiving('worker', answer, metric)] }, options);
  const [failure, ...others] = await failures(service.measure());
  expect(others).toEqual([]);
  expect(failure?.name).toBe('worker');
  return failure?.message ?? '';
}

describe('a size', () => {
  it.each([
    [0, 0],
    [-0, 0],
    [42, 42],
    [0.2, 1],
    [Number.MIN_VALUE, 1],
    [41.000001, 42],
    [Number.MAX_SAFE_INTEGER, Number.MAX_SAFE_INTEGER],
    [Number.MAX_VALUE, Number.MAX_VALUE],
  ])('of %d is %d', async (answer, value) => {
    const expected = [{ name: 'worker', quantity: value, value }];

    expect(await measured(() => answer)).toEqual(expected);
    expect(await measured(() => Promise.resolve(answer))).toEqual(expected);
  });

  it('is whole, and rounded up only', async () => {
    let answer = 0;
    const { service } = await startApp({ providers: [procGiving('worker', () => answer)] });

    await fc.assert(
      fc.asyncProperty(fc.double({ min: 0, noNaN: true, noDefaultInfinity: true }), async (number) => {
        answer = number;
        const [measurement] = await service.measure();
        const value = measurement?.value ?? NaN;

        expect(Number.isInteger(value)).toBe(true);
        expect(value === number || (value > number && value - 1 < number)).toBe(true);
        expect(measurement?.quantity).toBe(value);
      }),
    );
  });
});

describe('a latency', () => {
  it.each([
    [0, 0],
    [-0, 0],
    [32, 32],
    [1.5, 1.5],
    [0.1 + 0.2, 0.3],
    [1.23456, 1.235],
    [2.0004, 2],
    [0.0001, 0.001],
    [Number.MIN_VALUE, 0.001],
    [Number.MAX_VALUE, Number.MAX_VALUE],
  ])('of %d is %d', async (answer, value) => {
    const expected = [{ name: 'worker', quantity: value, value }];

    expect(await measured(() => answer, 'latency')).toEqual(expected);
    expect(await measured(() => Promise.resolve(answer), 'latency')).toEqual(expected);
  });

  it('has three decimals at most, and is 0 only when nothing waits', async () => {
    let answer = 0;
    const { service } = await startApp({ providers: [procGiving('worker', () => answer, 'latency')] });

    await fc.assert(
      fc.asyncProperty(fc.double({ min: 0, max: 1e9, noNaN: true }), async (number) => {
        answer = number;
        const [measurement] = await service.measure();
        const value = measurement?.value ?? NaN;

        expect(JSON.stringify(value)).toMatch(/^\d+(\.\d{1,3})?$/);
        expect(Math.abs(value - number)).toBeLessThanOrEqual(0.001);
        expect(value === 0).toBe(number === 0);
      }),
    );
  });
});

describe('an answer that is no number of jobs or seconds', () => {
  it.each<[string, unknown]>([
    ['NaN', NaN],
    ['Infinity', Infinity],
    ['-Infinity', -Infinity],
    ['-1', -1],
    ['-1e-9', -1e-9],
    ['undefined', undefined],
    ['null', null],
    ['true', true],
    ['a string: convert it with Number()', '3'],
    ['a string: convert it with Number()', ''],
    ['a bigint: convert it with Number()', 3n],
    ['an object', { count: 3 }],
    ['an object', [3]],
    ['an object', new Number(3)],
    ['a function', () => 3],
    ['a symbol', Symbol('3')],
  ])('such as %s fails', async (shown, answer) => {
    const size = `quantity() must give a finite number of 0 or more, but gave ${shown}`;
    const latency = `latency() must give a finite number of 0 or more, but gave ${shown}`;

    expect(await failureOf(() => answer)).toBe(size);
    expect(await failureOf(() => Promise.resolve(answer))).toBe(size);
    expect(await failureOf(() => answer, {}, 'latency')).toBe(latency);
  });
});

describe('the message of a failure', () => {
  const refused = ['connect ECONNREFUSED ::1:6379', 'connect ECONNREFUSED 127.0.0.1:6379'];
  const noMessage = new AggregateError(refused.map((message) => new Error(message)));
  const cyclic = new AggregateError([]);
  cyclic.errors.push(cyclic, cyclic);
  const withMessage = (message: unknown): Error => Object.assign(new Error(), { message });

  it.each<[string, unknown, string]>([
    ['an error', new Error('broken pipe'), 'broken pipe'],
    ['an error without a message', new Error(), 'failed without a message'],
    ['an error with an empty cause', new Error('out', { cause: new Error('') }), 'out'],
    ['an error with a cause', new Error('out', { cause: 'no disk' }), 'out: no disk'],
    ['an error with a message that is no text', withMessage({ code: 5 }), 'threw an object'],
    ['a string', 'out of memory', 'out of memory'],
    ['an empty string', '', 'failed without a message'],
    ['undefined', undefined, 'threw undefined'],
    ['null', null, 'threw null'],
    ['a number', 5, 'threw 5'],
    ['a symbol', Symbol('x'), 'threw a symbol'],
    ['a plain object', { code: 5 }, 'threw an object'],
    ['an object with a message', { message: 'like an error' }, 'like an error'],
    ['a null-prototype object', Object.create(null), 'threw an object'],
    ['a frozen error', Object.freeze(new Error('frozen')), 'frozen'],
    ['an object whose toString() throws', { toString: () => throwing(new Error('no')) }, 'threw an object'],
    [
      'an object whose message throws',
      Object.defineProperty({}, 'message', { get: () => throwing('no') }),
      'threw something that cannot be shown',
    ],
    [
      'a proxy whose traps throw',
      new Proxy({}, { get: () => throwing('no'), has: () => throwing('no') }),
      'threw something that cannot be shown',
    ],
    ["Node's refused connection", noMessage, refused.join(', ')],
    [
      "Node's refused connection, from another realm",
      runInNewContext('new AggregateError([new Error("a"), new Error("b"), new Error("a")])'),
      'a, b',
    ],
    [
      "fetch()'s refused connection",
      new TypeError('fetch failed', { cause: noMessage }),
      `fetch failed: ${refused.join(', ')}`,
    ],
    ['an AggregateError with a message', new AggregateError([new Error('a')], 'all failed'), 'all failed'],
    ['errors that hold themselves', cyclic, 'failed without a message'],
    ['several lines', new Error(' one\r\n\n  two\tthree\u2028four\u001b[31m '), 'one two three four [31m'],
    ['a message that looks like a stack', new Error('at least one host is needed'), 'at least one host is needed'],
    [
      'a stack in the message',
      new Error(
        'broken\n    at Queue.count (/app/queue.js:10:5)\n    at async Promise.all (index 0)\n    at new Promise (<anonymous>)\nover',
      ),
      'broken over',
    ],
    ['300 characters', new Error('x'.repeat(300)), 'x'.repeat(300)],
    ['more', new Error('x'.repeat(301)), `${'x'.repeat(299)}…`],
    // Looked through as a whole, this one would take minutes.
    ['very much more, without a place to cut', new Error('//'.repeat(300_000)), '…'],
    ['very much more', new Error('/ /'.repeat(300_000)), `${'/ /'.repeat(99)}/ …`],
  ])('of %s', async (_, thrown, message) => {
    expect(await failureOf(() => throwing(thrown))).toBe(message);
    expect(await failureOf(async () => throwing(thrown))).toBe(message);
  });

  it('of a thenable that rejects', async () => {
    const thenable = { then: (_: unknown, reject: (reason: Error) => void) => reject(new Error('no')) };

    expect(await failureOf(() => thenable)).toBe('no');
  });
});

describe('no token and no credentials of URLs, but the whole message otherwise', () => {
  const TOKEN = 'a1b2/c3 d4';

  it.each([
    ['redis://user:hunter2@host:6379/0 is away', 'redis://***@host:6379/0 is away'],
    ['redis://:hunter2@host', 'redis://***@host'],
    ['rediss://hunter2@host', 'rediss://***@host'],
    [
      'connect postgres://app:p@ss/w0rd@db:5432/app?sslmode=require failed',
      'connect postgres://***@db:5432/app?sslmode=require failed',
    ],
    ['GET /hirefire/a1b2/c3 d4/info', 'GET /hirefire/***/info'],
    ['GET /hirefire/a1b2%2Fc3%20d4/info', 'GET /hirefire/***/info'],
    // Anything but the credentials of a URL stays.
    ['host=db password=hunter2 user=app', 'host=db password=hunter2 user=app'],
    ['https://host/path is away', 'https://host/path is away'],
    ['file:///app/node_modules/@nestjs/bullmq is away', 'file:///app/node_modules/@nestjs/bullmq is away'],
  ])('%s', async (thrown, message) => {
    const providers = [procGiving('worker', () => throwing(new Error(thrown)))];
    const { service, log } = await startApp({ providers }, { token: TOKEN });

    expect(await failures(service.measure())).toEqual([{ name: 'worker', message }]);
    expect(log.lines).toEqual([`error The proc "worker" could not be measured: ${message}`]);
    expect(log.stacks).toHaveLength(1);
    expect(log.stacks[0]).toContain(`Error: ${message}\n    at `);
  });

  it('with the stacks of its causes', async () => {
    const cause = Object.assign(new Error('no answer'), { stack: 'Error: no answer\n    at BillingApi.open' });
    const error = Object.assign(new Error('broken', { cause }), {
      stack: 'Error: broken\n    at InvoicesProc.quantity',
    });
    const { service, log } = await startApp({ providers: [procGiving('worker', () => throwing(error))] });
    await failures(service.measure());

    expect(log.stacks).toEqual([
      'Error: broken\n    at InvoicesProc.quantity\nCaused by: Error: no answer\n    at BillingApi.open',
    ]);
  });

  it('also where the stack holds more than the message', async () => {
    const error = Object.assign(new Error('broken'), { stack: 'Error: broken\n    at redis://user:hunter2@host' });
    const { service, log } = await startApp({ providers: [procGiving('worker', () => throwing(error))] });
    await failures(service.measure());

    expect(log.stacks).toEqual(['Error: broken\n    at redis://***@host']);
  });

  it.each<[string, unknown]>([
    ['no text', Object.assign(new Error('broken'), { stack: 5 })],
    ['throws', Object.defineProperty(new Error('broken'), 'stack', { get: () => throwing('no') })],
  ])('and none of a stack that is %s', async (_, error) => {
    const { service, log } = await startApp({ providers: [procGiving('worker', () => throwing(error))] });

    expect(await failures(service.measure())).toEqual([{ name: 'worker', message: 'broken' }]);
    expect(log.stacks).toEqual([]);
  });

  it('the token "development" is no secret', async () => {
    expect(await failureOf(() => throwing(new Error('development database')), { token: 'development' })).toBe(
      'development database',
    );
  });

  it('a token that is no well-formed text', async () => {
    expect(await failureOf(() => throwing(new Error('x \ud800 y')), { token: '\ud800' })).toBe('x *** y');
  });

  it('whatever stands around them', async () => {
    let thrown = '';
    const token = 'Q9token-Q9token';
    const { service, log } = await startApp(
      { providers: [procGiving('worker', () => throwing(new Error(thrown)))] },
      { token },
    );
    const noise = fc.string({ unit: 'grapheme', maxLength: 120 });
    const secret = fc.stringMatching(/^Q9[!#-&(-~]{6,30}$/);
    const holder = fc.constantFrom<(hidden: string) => string>(
      () => token,
      (hidden) => `redis://user:${hidden}@host:6379`,
      (hidden) => `amqp://${hidden}@host`,
    );

    await fc.assert(
      fc.asyncProperty(noise, secret, holder, noise, async (before, hidden, hold, after) => {
        thrown = `${before} ${hold(hidden)} ${after}`;
        const [failure] = await failures(service.measure());
        const message = failure?.message ?? '';
        const all = [message, ...log.take(), ...log.stacks.splice(0)].join('\n');

        expect(all).not.toContain(token);
        expect(all).not.toContain(hidden);
        expect(message.length).toBeLessThanOrEqual(300);
        expect(message).not.toMatch(/[\r\n]/);
      }),
      { numRuns: 300 },
    );
  });
});

describe('the message of a failure for HireFire', () => {
  const onTheWire = async (answer: () => unknown, options?: HireFireModuleOptions): Promise<string> => {
    const { service } = await startApp({ providers: [procGiving('worker', answer)] }, options);
    const error = await refusal(service.measure());
    return error instanceof HireFireMeasureError ? (error.wireErrors[0]?.message ?? '') : '';
  };
  const withCode = (code: unknown): Error => Object.assign(new Error('x'), { code });

  it.each<[string, unknown, string]>([
    ['an error', new TypeError('hunter2'), "TypeError: see the app's log"],
    ['an error with a code', withCode('ECONNREFUSED'), "Error ECONNREFUSED: see the app's log"],
    ['an error with a code of Postgres', withCode('42P01'), "Error 42P01: see the app's log"],
    ['a code that may be a secret', withCode('hunter2'), "Error: see the app's log"],
    ['a name that may be a secret', Object.assign(new Error('x'), { name: 'hunter2' }), "Error: see the app's log"],
    ['a text', 'hunter2', "threw a string: see the app's log"],
    ['nothing', undefined, "threw undefined: see the app's log"],
    [
      'an error in a name of ours',
      Object.assign(new Error('hunter2'), { name: 'MeasureFailure' }),
      "Error: see the app's log",
    ],
  ])('%s', async (_, thrown, message) => {
    expect(await onTheWire(() => throwing(thrown))).toBe(message);
  });

  it('is what this package wrote itself', async () => {
    expect(await onTheWire(() => NaN)).toBe('quantity() must give a finite number of 0 or more, but gave NaN');
    expect(await onTheWire(() => new Promise(() => undefined), { timeout: 5 })).toBe(
      'took longer than the time-out of 5 ms',
    );
  });

  it('is what the app put into a MeasureFailure, without its cause', async () => {
    const cause = new Error('hunter2');
    expect(await onTheWire(() => throwing(new MeasureFailure('the billing API\n is down', { cause })))).toBe(
      'the billing API is down',
    );
    expect(await failureOf(() => throwing(new MeasureFailure('the billing API is down', { cause })))).toBe(
      'the billing API is down: hunter2',
    );
  });

  it('has neither the token nor credentials of URLs, even in a MeasureFailure', async () => {
    const failure = new MeasureFailure('https://me:hunter2@billing refused s3cret-token');
    expect(await onTheWire(() => throwing(failure), { token: 's3cret-token' })).toBe('https://***@billing refused ***');
  });

  it('has the kind of a MeasureFailure that can not be read', async () => {
    const failure = new MeasureFailure('x');
    Object.defineProperty(failure, 'message', { get: () => throwing(new Error('no')) });
    expect(await onTheWire(() => throwing(failure))).toBe("Error: see the app's log");
  });

  it('holds no secret, wherever an error has it', async () => {
    let thrown: unknown;
    const { service } = await startApp({ providers: [procGiving('worker', () => throwing(thrown))] });
    const secret = fc.stringMatching(/^[ -~]{8,40}$/);
    const holder = fc.constantFrom<(hidden: string) => unknown>(
      (hidden) => hidden,
      (hidden) => new Error(hidden),
      (hidden) => new Error('x', { cause: new Error(hidden) }),
      (hidden) => new AggregateError([new Error(hidden)]),
      (hidden) => withCode(hidden),
      (hidden) => Object.assign(new Error('x'), { name: hidden, stack: hidden, errno: hidden }),
      (hidden) => Object.assign(new Error('x'), { toString: () => hidden, toJSON: () => hidden }),
      (hidden) => ({ [hidden]: hidden, message: hidden }),
      (hidden) => [hidden],
      (hidden) => Symbol(hidden),
    );

    await fc.assert(
      fc.asyncProperty(secret, holder, async (hidden, hold) => {
        // Texts that look like an error's name or code are shown; a password looks different.
        fc.pre(!/^[A-Z][A-Za-z]*$|^[A-Z0-9_]+$/.test(hidden));
        thrown = hold(hidden);
        const error = await refusal(service.measure());
        expect(JSON.stringify(error instanceof HireFireMeasureError && error.wireErrors)).not.toContain(hidden);
      }),
      { numRuns: 500 },
    );
  });
});

describe('when a proc fails', () => {
  const procs = [
    procGiving('b', () => throwing(new Error('b is down'))),
    procGiving('c', () => 3),
    procGiving('a', () => '3'),
  ];
  const errors = [
    {
      name: 'a',
      message: 'quantity() must give a finite number of 0 or more, but gave a string: convert it with Number()',
    },
    { name: 'b', message: 'b is down' },
  ];

  it.each([undefined, 'fail' as const])('onError %s fails the poll, naming each proc', async (onError) => {
    const { service } = await startApp({ providers: procs }, { onError });
    const error = await refusal(service.measure());

    expect(error).toMatchObject({
      name: 'HireFireMeasureError',
      message:
        'HireFire: could not measure "a" (quantity() must give a finite number of 0 or more, but gave a string: ' +
        'convert it with Number()), "b" (b is down)',
      errors,
    } satisfies Partial<HireFireMeasureError>);
  });

  it('onError omit leaves it out, and logs it all the same', async () => {
    const { service, log } = await startApp({ providers: procs }, { onError: 'omit' });

    expect(await service.measure()).toEqual([{ name: 'c', quantity: 3, value: 3 }]);
    expect(log.lines.sort()).toEqual(
      errors.map(({ name, message }) => `error The proc "${name}" could not be measured: ${message}`),
    );
  });

  it('onError omit fails when all of them did', async () => {
    const { service } = await startApp({ providers: [procs[0] ?? [], procs[2] ?? []].flat() }, { onError: 'omit' });

    expect(await failures(service.measure())).toEqual(errors);
  });

  it('an outage is logged when it begins, when it changes and when it ends', async () => {
    let answer: () => unknown = () => 1;
    const { service, log } = await startApp({ providers: [procGiving('worker', () => answer())] });
    const poll = async (): Promise<string[]> => {
      await service.measure().catch(() => undefined);
      return log.take();
    };

    expect(await poll()).toEqual([]);
    answer = () => throwing(new Error('gone'));
    expect(await poll()).toEqual(['error The proc "worker" could not be measured: gone']);
    expect(await poll()).toEqual([]);
    answer = () => throwing(new Error('frozen'));
    expect(await poll()).toEqual(['error The proc "worker" could not be measured: frozen']);
    expect(await poll()).toEqual([]);
    answer = () => 2;
    expect(await poll()).toEqual(['log The proc "worker" can be measured again.']);
    expect(await poll()).toEqual([]);
    answer = () => throwing(new Error('frozen'));
    expect(await poll()).toEqual(['error The proc "worker" could not be measured: frozen']);
  });

  it('an outage whose message is new at every poll is logged ten times, and its end once', async () => {
    let count = 0;
    const { service, log } = await startApp({
      providers: [procGiving('worker', () => (count === 1000 ? 1 : throwing(new Error(`request ${++count}`))))],
    });
    for (let poll = 1; poll <= 1000; poll++) {
      await service.measure().catch(() => undefined);
    }
    const line = 'error The proc "worker" could not be measured: request';
    expect(log.take()).toEqual([
      ...Array.from({ length: 9 }, (_, index) => `${line} ${index + 1}`),
      `${line} 10 (further causes are not logged until it is over)`,
    ]);
    await service.measure();
    expect(log.take()).toEqual(['log The proc "worker" can be measured again.']);
  });
});

describe('polls', () => {
  it('that overlap share one measurement, and the next one measures again', async () => {
    const answers = [new Deferred<number>(), new Deferred<number>()];
    const quantity = jest.fn(() => answers[quantity.mock.calls.length - 1]?.promise);
    const { service } = await startApp({ providers: [procGiving('worker', quantity)] });

    const polls = Array.from({ length: 50 }, () => service.measure());
    answers[0]?.resolve(1);
    expect(await Promise.all(polls)).toEqual(polls.map(() => [{ name: 'worker', quantity: 1, value: 1 }]));
    expect(quantity).toHaveBeenCalledTimes(1);

    answers[1]?.resolve(2);
    expect(await service.measure()).toEqual([{ name: 'worker', quantity: 2, value: 2 }]);
    expect(quantity).toHaveBeenCalledTimes(2);
  });

  it('that overlap share a failure, and the next one measures again', async () => {
    const quantity = jest.fn(() => (quantity.mock.calls.length === 1 ? throwing(new Error('once')) : 5));
    const { service } = await startApp({ providers: [procGiving('worker', quantity)] });

    const polls = await Promise.all(Array.from({ length: 50 }, () => refusal(service.measure())));
    const once: unknown = expect.objectContaining({ errors: [{ name: 'worker', message: 'once' }] });
    expect(polls).toEqual(Array.from({ length: 50 }, () => once));

    expect(await service.measure()).toEqual([{ name: 'worker', quantity: 5, value: 5 }]);
    expect(quantity).toHaveBeenCalledTimes(2);
  });

  it('measure the procs side by side', async () => {
    const all = new Deferred<number>();
    let called = 0;
    // No proc answers before all are asked.
    const quantity = (): Promise<number> => {
      called += 1;
      if (called === 10) {
        all.resolve(1);
      }
      return all.promise;
    };
    const names = Array.from({ length: 10 }, (_, index) => `worker${index}`);
    const { service } = await startApp({ providers: names.map((name) => procGiving(name, quantity)) });

    expect(await service.measure()).toEqual(names.map((name) => ({ name, quantity: 1, value: 1 })));
  });
});

describe('a proc that takes too long', () => {
  afterEach(() => {
    jest.useRealTimers();
  });

  interface Slow {
    /** One per run that was started. */
    readonly runs: Deferred<number>[];
    readonly quantity: () => Promise<number>;
  }

  function slow(): Slow {
    const runs: Deferred<number>[] = [];
    return {
      runs,
      quantity: () => {
        const run = new Deferred<number>();
        runs.push(run);
        return run.promise;
      },
    };
  }

  const TOO_LONG = [{ name: 'worker', message: 'took longer than the time-out of 1000 ms' }];

  it.each([
    [undefined, 10_000],
    [1, 1],
    [250, 250],
  ])('with the option timeout at %s fails after %d ms', async (timeout, milliseconds) => {
    const { service } = await startApp({ providers: [procGiving('worker', slow().quantity)] }, { timeout });
    jest.useFakeTimers();
    let ended = false;
    const poll = failures(service.measure()).finally(() => {
      ended = true;
    });

    await jest.advanceTimersByTimeAsync(milliseconds - 1);
    expect(ended).toBe(false);
    await jest.advanceTimersByTimeAsync(1);
    expect(await poll).toEqual([{ name: 'worker', message: `took longer than the time-out of ${milliseconds} ms` }]);
    expect(jest.getTimerCount()).toBe(0);
  });

  it('leaves no timer behind when it is in time', async () => {
    const { service } = await startApp({ providers: [procGiving('worker', () => 1)] });
    jest.useFakeTimers();
    await service.measure();

    expect(jest.getTimerCount()).toBe(0);
  });

  it('keeps no other proc from being measured', async () => {
    const { service } = await startApp(
      { providers: [procGiving('worker', slow().quantity), procGiving('mail', () => 4)] },
      { onError: 'omit' },
    );
    jest.useFakeTimers();
    const poll = service.measure();
    await jest.advanceTimersByTimeAsync(10_000);

    expect(await poll).toEqual([{ name: 'mail', quantity: 4, value: 4 }]);
  });

  it('is not started again until three time-outs have passed, and its old run is forgotten', async () => {
    const { runs, quantity } = slow();
    const { service } = await startApp({ providers: [procGiving('worker', quantity)] }, { timeout: 1000 });
    jest.useFakeTimers();

    for (let poll = 1; poll <= 3; poll += 1) {
      const failed = failures(service.measure());
      await jest.advanceTimersByTimeAsync(1000);
      expect(await failed).toEqual(TOO_LONG);
      expect(runs).toHaveLength(1);
    }
    const fourth = failures(service.measure());
    await jest.advanceTimersByTimeAsync(0);
    expect(runs).toHaveLength(2);
    // The first run ends while the second is under way: neither its number nor its end counts any more.
    runs[0]?.resolve(99);
    await jest.advanceTimersByTimeAsync(1000);
    expect(await fourth).toEqual(TOO_LONG);

    const fifth = service.measure();
    await jest.advanceTimersByTimeAsync(500);
    expect(runs).toHaveLength(2);
    runs[1]?.resolve(98);
    await jest.advanceTimersByTimeAsync(0);
    expect(runs).toHaveLength(3);
    runs[2]?.resolve(7);
    expect(await fifth).toEqual([{ name: 'worker', quantity: 7, value: 7 }]);
  });

  it.each<[string, (run: Deferred<number> | undefined) => void]>([
    ['resolves', (run) => run?.resolve(99)],
    ['rejects', (run) => run?.reject(new Error('late'))],
  ])('and then %s late, is started again by the poll that waits for it', async (_, settle) => {
    const { runs, quantity } = slow();
    const { service } = await startApp({ providers: [procGiving('worker', quantity)] }, { timeout: 1000 });
    jest.useFakeTimers();
    const first = failures(service.measure());
    await jest.advanceTimersByTimeAsync(1000);
    expect(await first).toEqual(TOO_LONG);

    const second = service.measure();
    await jest.advanceTimersByTimeAsync(500);
    expect(runs).toHaveLength(1);
    settle(runs[0]);
    await jest.advanceTimersByTimeAsync(0);
    expect(runs).toHaveLength(2);
    runs[1]?.resolve(5);
    expect(await second).toEqual([{ name: 'worker', quantity: 5, value: 5 }]);
  });

  it('has one time-out for the wait and its own run', async () => {
    const { runs, quantity } = slow();
    const { service } = await startApp({ providers: [procGiving('worker', quantity)] }, { timeout: 1000 });
    jest.useFakeTimers();
    const first = failures(service.measure());
    await jest.advanceTimersByTimeAsync(1000);
    await first;

    const second = failures(service.measure());
    await jest.advanceTimersByTimeAsync(900);
    runs[0]?.resolve(99);
    await jest.advanceTimersByTimeAsync(100);
    expect(runs).toHaveLength(2);
    expect(await second).toEqual(TOO_LONG);
  });

  it('and settled between two polls, is measured again', async () => {
    const { runs, quantity } = slow();
    const { service } = await startApp({ providers: [procGiving('worker', quantity)] }, { timeout: 1000 });
    jest.useFakeTimers();
    const first = failures(service.measure());
    await jest.advanceTimersByTimeAsync(1000);
    await first;
    runs[0]?.resolve(99);
    await jest.advanceTimersByTimeAsync(0);

    const second = service.measure();
    await jest.advanceTimersByTimeAsync(0);
    runs[1]?.resolve(6);
    expect(await second).toEqual([{ name: 'worker', quantity: 6, value: 6 }]);
  });
});
