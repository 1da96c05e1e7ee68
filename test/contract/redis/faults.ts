/** Faults of a Redis, in addition to those of any broker. */
import { describe, expect, it, jest } from '@jest/globals';
import { Redis } from 'ioredis';
import { Server } from 'node:http';
import { poll } from '../../support/apps.js';
import { failed, jobsLeft, NEVER } from '../jobs/app.js';
import { RedisTestApp } from './app.js';
import type { RedisDriver } from './driver.js';

const DOWN: unknown = expect.stringMatching(/^the connection to Redis is down/);

export function faults<Q>(driver: RedisDriver<Q>): void {
  describe('faults', () => {
    const test = new RedisTestApp(driver);

    async function killed(): Promise<void> {
      await Promise.all([test.link.event('close'), test.broker.kill()]);
    }

    describe('Redis killed', () => {
      it('fails the poll under way, and no later one', async () => {
        await test.broker.start();
        await test.start({ timeout: NEVER });
        await test.link.untilReady();
        test.broker.freeze();
        const underWay = poll(test.app);
        await test.link.untilSent();
        await test.broker.kill();
        expect(await underWay).toMatchObject({ status: 503 });

        await test.broker.start();
        await test.link.untilReady();
        await test.mail.add();
        expect(await poll(test.app)).toEqual(jobsLeft(1));
      });

      it('before the first poll: fails that one at once', async () => {
        await test.broker.start();
        await test.start({ timeout: NEVER });
        await test.link.untilReady();
        await killed();

        expect(await poll(test.app)).toEqual(failed(DOWN));
      });

      it('and one connection back before the other: is right by that one', async () => {
        await test.broker.start();
        await test.start({ timeout: NEVER });
        await test.link.untilReady();
        await test.images.add();
        // Of two connections to the same server, either can read both queues.
        const closed = new Promise<void>((resolve) => test.mail.client.once('close', () => resolve()));
        test.mail.client.disconnect();
        await closed;

        expect(await poll(test.app)).toEqual(jobsLeft(1));
      });
    });

    describe('Redis frozen', () => {
      it('for longer than 30 s: tries each connection once, then fails polls at once until there is an answer', async () => {
        await test.broker.start();
        await test.start({ timeout: 999 });
        await test.mail.add();
        await test.link.untilReady();
        test.broker.freeze();
        expect(await poll(test.app)).toEqual(failed('took longer than the time-out of 999 ms'));

        const begin = performance.now();
        const steady = jest.spyOn(performance, 'now').mockReturnValue(begin + 31_500);
        expect(await poll(test.app)).toEqual(failed('took longer than the time-out of 999 ms'));
        expect(test.link.pending).toBe(2);
        steady.mockReturnValue(begin + 63_000);
        for (let count = 1; count <= 10; count++) {
          expect(await poll(test.app)).toEqual(failed('Redis has not answered for over 30 s'));
        }
        steady.mockRestore();
        expect(test.link.pending).toBe(2);

        test.endTimeouts();
        test.broker.thaw();
        await test.link.untilReady();
        expect(await poll(test.app)).toEqual(jobsLeft(1));
      });

      it('for one connection only: is right by the other, once the first has been silent for 30 s', async () => {
        await test.broker.start();
        await test.start({ timeout: 999 });
        await test.mail.add();
        await test.link.untilReady();
        test.mail.client.stream.pause();
        expect(await poll(test.app)).toEqual(failed('took longer than the time-out of 999 ms'));

        test.endTimeouts();
        const steady = jest.spyOn(performance, 'now').mockReturnValue(performance.now() + 31_500);
        expect(await poll(test.app)).toEqual(jobsLeft(1));
        steady.mockRestore();
        test.mail.client.stream.resume();
      });

      it('answers 50 polls at once from one measurement', async () => {
        await test.broker.start();
        await test.start({ timeout: 20_000 });
        await test.mail.add();
        expect(await poll(test.app)).toEqual(jobsLeft(1));
        const observer = new Redis(test.broker.url);
        await observer.config('RESETSTAT');

        test.broker.freeze();
        let arrived = 0;
        const http: unknown = test.app.getHttpServer();
        if (!(http instanceof Server)) {
          throw new Error('the app has no HTTP server');
        }
        http.on('request', () => (arrived += 1));
        const polls = Array.from({ length: 50 }, () => poll(test.app));
        while (arrived < 50) {
          await new Promise(setImmediate);
        }
        test.broker.thaw();

        expect(await Promise.all(polls)).toEqual(Array.from({ length: 50 }, () => jobsLeft(1)));
        expect(await observer.info('commandstats')).toMatch(/cmdstat_evalsha:calls=1,/);
        await observer.quit();
      });
    });

    describe('Redis down when the app starts', () => {
      it('for long: asks once for the polls of all that time', async () => {
        await test.start({ timeout: 40 });
        const begin = performance.now();
        const clock = jest.spyOn(performance, 'now');
        for (let minutes = 0; minutes < 10; minutes++) {
          clock.mockReturnValue(begin + minutes * 60_000);
          expect(await poll(test.app)).toEqual(
            failed(expect.stringMatching(/^took longer than the time-out of 40 ms: the connection to Redis is down/)),
          );
        }
        clock.mockRestore();

        await test.broker.start();
        await test.link.untilReady();
        const observer = new Redis(test.broker.url);
        expect(await observer.info('commandstats')).toMatch(/cmdstat_evalsha:calls=1,/);
        await observer.quit();
      });

      it('lets a poll wait for the first connection', async () => {
        await test.start({ timeout: 20_000 });
        const early = poll(test.app);
        await test.broker.start();

        expect(await early).toEqual({ status: 200, body: [{ name: 'worker', quantity: 0, value: 0 }] });
      });
    });

    describe('clients that give up', () => {
      it('before they were ever connected: fail the poll that waits for them', async () => {
        await test.start({ timeout: NEVER });
        const waiting = poll(test.app);
        await test.link.event('error');
        test.mail.client.disconnect();
        test.images.client.disconnect();

        expect(await waiting).toEqual(failed(DOWN));
      });
    });

    describe('a wrong password', () => {
      it('fails the poll at once and shows no credentials, and the first poll after a login is right', async () => {
        await test.broker.start();
        const admin = new Redis(test.broker.url);
        await admin.config('SET', 'requirepass', 'the-right-one');
        await test.startOn({ password: 'the-wrong-one' }, { timeout: NEVER });

        const answer = await poll(test.app);
        expect(JSON.stringify(answer)).not.toMatch(/the-(right|wrong)-one/);
        expect(answer).toEqual(failed(expect.stringMatching(/NOAUTH|WRONGPASS/)));

        const ready = test.link.event('ready');
        await admin.config('SET', 'requirepass', 'the-wrong-one');
        await admin.client('KILL', 'TYPE', 'normal');
        await ready;
        await test.mail.add();
        expect(await poll(test.app)).toEqual(jobsLeft(1));
        await admin.quit();
      });
    });

    describe('maxclients reached', () => {
      it('fails the poll, and the first one after a place is free is right', async () => {
        await test.broker.start();
        const holder = new Redis(test.broker.url);
        await holder.config('SET', 'maxclients', '1');
        await test.start({ timeout: 499 });
        expect(await poll(test.app)).toMatchObject({ status: 503 });

        test.endTimeouts();
        await holder.config('SET', 'maxclients', '100');
        await test.link.untilReady();
        await test.mail.add();
        await test.link.untilReady();
        expect(await poll(test.app)).toEqual(jobsLeft(1));
        await holder.quit();
      });
    });

    describe('a key of the wrong type', () => {
      it.each(driver.keyTypes)('%s: fails the poll', async (type) => {
        await test.broker.start();
        await test.start({ timeout: NEVER });
        const observer = new Redis(test.broker.url);
        await observer.set(test.mail.key(type), 'a string');

        expect(await poll(test.app)).toEqual(failed(expect.stringContaining('WRONGTYPE')));
        await observer.del(test.mail.key(type));
        expect((await poll(test.app)).status).toBe(200);
        await observer.quit();
      });

      it('of one proc: the others are measured all the same', async () => {
        await test.broker.start();
        await test.start({ timeout: NEVER, onError: 'omit' }, { latency: true });
        const observer = new Redis(test.broker.url);
        await observer.set(test.images.key('active'), 'a string');

        expect(await poll(test.app)).toEqual({ status: 200, body: [{ name: 'aged', quantity: 0, value: 0 }] });
        await observer.quit();
      });
    });
  });
}
