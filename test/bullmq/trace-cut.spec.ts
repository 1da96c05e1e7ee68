/** Wherever a queue's stream is trimmed, its trace is what a model of the queue knows since then. */
import { afterAll, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { Redis } from 'ioredis';
import { redisUrl } from '../support/file-redis.js';
import { BullMQDriver } from './bullmq-driver.js';
import { EPOCH, traced, write } from './traced.js';

const driver = new BullMQDriver();
const redis = new Redis(redisUrl());
afterAll(async () => {
  await driver.close();
  redis.disconnect();
});

const SEQUENCES = Number(process.env.PROPERTY_SEQUENCES ?? 25);

/** An event's place in the stream, and its time. */
interface Moment {
  readonly index: number;
  readonly at: number;
}

/** The time a job is ready, and the events without which it is not known. */
interface Ready {
  at: number;
  known: number;
}

interface Run {
  readonly ready: Ready;
  readonly started: Moment;
  ended?: Moment;
  isStalled?: boolean;
  /** It ended by a delay, which at the cut looks like a new job. */
  isDelay?: boolean;
}

interface Stay {
  readonly ready: Ready;
  readonly from: Moment;
  left?: Moment;
  run?: Run;
}

/** A queue by the rules, without a stream: it writes the events that BullMQ would, and keeps the truth. */
class Model {
  readonly events: string[] = [];
  readonly stays: Stay[] = [];
  readonly runs: Run[] = [];
  readonly pauses: { readonly from: Moment; to?: Moment }[] = [];
  readonly line = new Map<string, Stay>();
  readonly running = new Map<string, Run>();
  readonly delayed = new Map<string, { readonly due: number; readonly event: Moment }>();
  #now = 0;
  #jobs = 0;

  get isPaused(): boolean {
    const last = this.pauses.at(-1);
    return last !== undefined && last.to === undefined;
  }

  step(action: string, which: number, ms: number): void {
    this.#now += ms;
    const one = <T>(from: ReadonlyMap<string, T>): string | undefined => [...from.keys()][which % from.size];
    const actions: Readonly<Record<string, () => void>> = {
      add: () => this.#add(`j${++this.#jobs}`),
      delay: () => this.#delay(`j${++this.#jobs}`, 1 + which * 7, true),
      start: () => this.#start(this.isPaused ? undefined : one(this.line)),
      pause: () => this.#pause(),
      promote: () => this.#promote(one(this.delayed)),
      remove: () => this.#remove(one(this.line)),
    };
    (actions[action] ?? ((): void => this.#end(one(this.running), action, which)))();
  }

  #write(event: string): Moment {
    return { index: this.events.push(`${this.#now} ${event}`) - 1, at: this.#now };
  }

  #add(id: string): void {
    this.#write(`added ${id} name x`);
    this.#enter(id, this.#write(`waiting ${id}`));
  }

  #enter(id: string, from: Moment, ready: Ready = { at: from.at, known: from.index }): void {
    const stay = { ready, from };
    this.stays.push(stay);
    this.line.set(id, stay);
  }

  #delay(id: string, ms: number, isNew: boolean): Moment {
    if (isNew) {
      this.#write(`added ${id} name x`);
    }
    const due = this.#now + ms;
    const event = this.#write(`delayed ${id} delay ${due}`);
    this.delayed.set(id, { due, event });
    return event;
  }

  #promote(id: string | undefined): void {
    const job = this.delayed.get(id ?? '');
    if (id !== undefined && job) {
      this.delayed.delete(id);
      const event = this.#write(`waiting ${id} prev delayed`);
      const resumed = this.pauses.findLast(({ to }) => to)?.to;
      const due = Math.min(job.due, event.at);
      this.#enter(id, event, { at: Math.max(due, resumed?.at ?? 0), known: job.event.index });
    }
  }

  #start(id: string | undefined): void {
    const stay = this.line.get(id ?? '');
    if (id !== undefined && stay) {
      this.line.delete(id);
      stay.left = this.#write(`active ${id} prev waiting`);
      stay.run = { ready: stay.ready, started: stay.left };
      this.runs.push(stay.run);
      this.running.set(id, stay.run);
    }
  }

  #end(id: string | undefined, how: string, which: number): void {
    const run = this.running.get(id ?? '');
    if (id === undefined || !run) {
      return;
    }
    this.running.delete(id);
    if (how === 'back off') {
      run.ended = this.#delay(id, 1 + which * 7, false);
      run.isDelay = true;
    } else if (how === 'complete') {
      run.ended = this.#write(`completed ${id} returnvalue 1 prev active`);
    } else {
      run.ended = this.#write(`waiting ${id} prev active`);
      run.isStalled = how === 'stall';
      if (how === 'retry') {
        this.#enter(id, run.ended);
      } else if (how === 'stall') {
        // The two events are of one time, and the second says as much.
        this.#enter(id, run.ended, { at: run.ended.at, known: this.#write(`stalled ${id}`).index });
      }
    }
  }

  #remove(id: string | undefined): void {
    const stay = this.line.get(id ?? '');
    if (id !== undefined && stay) {
      this.line.delete(id);
      stay.left = this.#write(`removed ${id} prev ${this.isPaused ? 'paused' : 'wait'}`);
    }
  }

  #pause(): void {
    const last = this.pauses.at(-1);
    if (!last || last.to) {
      this.pauses.push({ from: this.#write('paused') });
      return;
    }
    last.to = this.#write('resumed');
    for (const { ready } of this.line.values()) {
      ready.at = last.to.at;
      ready.known = last.to.index;
    }
  }

  /** The trace, if the stream begins with this event. */
  since(index: number) {
    const start = Number(this.events[index]?.split(' ')[0]);
    const isSeen = (moment: Moment | undefined): moment is Moment => moment !== undefined && moment.index >= index;
    const ended = this.runs.filter((run) => isSeen(run.ended) && !(run.isDelay && run.ended.index === index));
    const listed = ended.filter((run) => run.ready.known >= index && isSeen(run.started) && !run.isStalled);
    const wasPaused = this.pauses.some(({ from, to }) => from.index < index && !(to && to.index < index));
    const inLine = this.stays.filter(
      ({ ready, from, left }) => from.index < index && ready.at < start && (!left || isSeen(left)) && !wasPaused,
    );
    const isResumed = this.pauses.some(({ to }) => isSeen(to));
    const due = [...this.delayed.values()].filter((job) => job.event.index < index && job.due < start);
    return {
      start,
      jobs: listed.map(({ ready, started, ended: end }) => [
        (ready.at - start) / 1000,
        ((end?.at ?? NaN) - started.at) / 1000,
      ]),
      waiting: inLine.length + (wasPaused || isResumed ? 0 : due.length),
      dropped: ended.length - listed.length,
    };
  }
}

const ACTION = fc.constantFrom(
  ...['add', 'add', 'add', 'delay', 'start', 'start', 'start', 'promote', 'promote', 'pause', 'remove'],
  ...['complete', 'complete', 'retry', 'back off', 'stall'],
);

const inOrder = (jobs: readonly (readonly number[])[]): readonly (readonly number[])[] =>
  [...jobs].sort(([a = 0, b = 0], [c = 0, d = 0]) => a - c || b - d);

it('a stream that is trimmed at every event', async () => {
  const step = fc.tuple(ACTION, fc.nat({ max: 9 }), fc.integer({ min: 1, max: 50 }));
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 20, maxLength: 40 }), async (steps) => {
      const model = new Model();
      steps.forEach((args) => model.step(...args));
      const tested = driver.open();
      await write(redis, tested, model.events);
      const add = redis.multi();
      [...model.line.keys()].forEach((id) => add.rpush(tested.key(model.isPaused ? 'paused' : 'wait'), id));
      model.delayed.forEach(({ due }, id) => add.zadd(tested.key('delayed'), (EPOCH + due) * 4096, id));
      await (model.isPaused ? add.hset(tested.key('meta'), 'paused', 1) : add).exec();

      for (let index = 0; index < model.events.length; index++) {
        const { start, jobs = [], waiting, dropped } = await traced(tested);
        const expected = model.since(index);
        expect({ start, jobs: inOrder(jobs), waiting, dropped }).toEqual({ ...expected, jobs: inOrder(expected.jobs) });
        await redis.xtrim(tested.key('events'), 'MAXLEN', model.events.length - index - 1);
      }
    }),
    { numRuns: SEQUENCES },
  );
});
