/** Values in the place of a queue. With a test's double the app starts, and a poll names what to override; others are refused. */
import { describe, expect, it, jest } from '@jest/globals';
import Bull from 'bull';
import { Queue } from 'bullmq';
import { BullProc } from '../../lib/bull/index.js';
import { BullMQProc } from '../../lib/bullmq/index.js';
import { HireFireConfigError, HireFireProc } from '../../lib/index.js';
import { failures, startApp } from '../procs/support.js';

@HireFireProc('bull')
class BullWorker extends BullProc {}

@HireFireProc('bullmq')
class BullMQWorker extends BullMQProc {}

/** Every method of a class, and of those above it, as Jest mocks them. */
function methodsOf(prototype: object): object {
  const names = new Set<string>();
  // Up to the Object of Node, which is not the Object of a test.
  for (let one = prototype; Reflect.getPrototypeOf(one) !== null; one = Reflect.getPrototypeOf(one) ?? {}) {
    Object.getOwnPropertyNames(one).forEach((name) => names.add(name));
  }
  return Object.fromEntries([...names].map((name) => [name, jest.fn()]));
}

/** Has whatever is looked for. */
const anything = (give: () => unknown): object =>
  new Proxy({}, { get: (_, key) => (key === 'then' || typeof key === 'symbol' ? undefined : jest.fn(give)) });

const STAND_INS: readonly (readonly [string, () => object])[] = [
  ['an empty object', () => ({})],
  ['a mock of one method', () => ({ name: 'mail', add: jest.fn() })],
  [
    'a mock in a class',
    () =>
      new (class FakeQueue {
        add = jest.fn();
      })(),
  ],
  ['a mock of every method of Bull', () => methodsOf(Bull.prototype as object)],
  ['a mock of every method of BullMQ', () => methodsOf(Queue.prototype)],
  ['a mock of anything', () => anything(() => undefined)],
  ['a mock of anything that gives mocks', () => anything(() => anything(() => undefined))],
];

const TOLD = (name: string, library: string, from: string): string =>
  `queue 1 of ${name} is no queue of ${library}: inject one with @InjectQueue() of ${from}. A test without Redis can override ${name} itself.`;

describe.each(STAND_INS)('%s', (standIn, make) => {
  it.each([
    ['Bull', BullWorker, '@nestjs/bull', standIn.endsWith('of BullMQ')],
    ['BullMQ', BullMQWorker, '@nestjs/bullmq', standIn.endsWith('of Bull')],
  ] as const)('given to a proc of %s', async (library, proc, from, isOfTheOther) => {
    const construct = (): unknown => Reflect.construct(proc, [make()]);
    if (isOfTheOther) {
      expect(construct).toThrow(/but queue 1 is a queue of Bull/);
      return;
    }
    const { service } = await startApp({ providers: [{ provide: 'proc', useValue: construct() }] });

    expect((await failures(service.measure())).map(({ message }) => message)).toEqual([TOLD(proc.name, library, from)]);
  });
});

class MailService {
  constructor(readonly queue: object) {}

  send(): object {
    return this.queue;
  }
}

describe.each([
  ['a wrapper with an add()', { add: (): string => 'added' }],
  [
    'a wrapper in a class',
    new (class extends MailService {
      add = (): object => this.send();
    })({}),
  ],
  ['a service that has the queue', new MailService({})],
  ['a list of queues', [{}]],
  ['a class', MailService],
  ['a number', 5],
])('%s', (_, wrong) => {
  it.each([
    ['Bull', BullWorker, '@nestjs/bull'],
    ['BullMQ', BullMQWorker, '@nestjs/bullmq'],
  ] as const)('given to a proc of %s is refused at start-up', (library, proc, from) => {
    expect((): unknown => Reflect.construct(proc, [wrong])).toThrow(
      new HireFireConfigError(
        `${proc.name} extends ${library}Proc, but queue 1 is no queue of ${library}: inject one with @InjectQueue() of ${from}, or ` +
          "name it, as in super('mail'). A test without Redis can override the proc itself.",
      ),
    );
  });
});

it('a missing queue is refused with both cures', () => {
  expect((): unknown => Reflect.construct(BullMQWorker, ['mail', undefined])).toThrow(
    new HireFireConfigError(
      "BullMQWorker was given undefined as queue 2 of 2: inject it, as in @InjectQueue('mail') mail: Queue, or name it, as in super('mail') or in the option \"queues\".",
    ),
  );
});
