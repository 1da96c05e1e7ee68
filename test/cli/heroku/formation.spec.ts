/** Real dynos, with Heroku's times shortened. */
import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { spawnSync } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { EventEmitter, once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { DynoProcesses } from '../../../cli/heroku/dyno-processes.js';
import { Formation, type DynoEvent } from '../../../cli/heroku/formation.js';
import { MarkedProcesses } from '../../../cli/heroku/marked-processes.js';

const APP = resolve('test/cli/commands/simulate/app');
/** A grace and a boot that no dyno exceeds but those that are to, however busy the machine is. */
const TIMES = { grace: 60_000, boot: 60_000, coolOff: 500, maxCoolOff: 600 };
const COMMANDS = {
  web: `node ${APP}/web.mjs`,
  polite: 'exec sleep 1000',
  // A shell around what works, as in many a Procfile.
  wrapped: 'echo ready; sleep 1000; true',
  stubborn: `node ${APP}/worker.mjs fork`,
  crashing: 'exit 3',
  impossible: `true ${'x'.repeat(4 * 1024 * 1024)}`,
  brief: 'echo once; exit 3',
  talking: `head -c 200000 /dev/zero | tr '\\0' x; echo; echo last; exit 3`,
  draining: `trap 'echo no worker starts another job. 2 jobs have 9 s; echo 1 job ended, 1 was handed back.; exit 0' TERM; echo ready; while true; do sleep 0.05; done`,
  slow: `trap 'sleep 0.2; exit 0' TERM; echo ready; while true; do sleep 0.05; done`,
};

let mark: string;
let processes: DynoProcesses;
let formation: Formation;
let events: DynoEvent[];
let lines: string[];
let times: typeof TIMES;
const changes = new EventEmitter();

beforeEach(() => {
  mark = `HIREFIRE_TOKEN=${randomUUID()}`;
  [events, lines] = [[], []];
  times = { ...TIMES };
  processes = new DynoProcesses(mark, resolve('dist/cli/guard.js'));
  formation = new Formation({
    commands: new Map(Object.entries(COMMANDS)),
    cwd: process.cwd(),
    env: { ...process.env, HIREFIRE_TOKEN: mark.split('=')[1] },
    mark,
    times,
    processes,
    onEvent: (event) => {
      events.push(event);
      changes.emit('change');
    },
    onLine: (dyno, line) => {
      lines.push(`${dyno} ${line}`);
      changes.emit('change');
    },
  });
});

afterEach(async () => {
  formation.close();
  await processes.close();
});

/** Such as `up up stopping`. */
const statusesOf = (process: string): string =>
  formation
    .dynos(process)
    .map(({ status }) => status)
    .join(' ');

const alive = (): number => new MarkedProcesses(new Set(), [mark]).find().length;

async function until(condition: () => boolean): Promise<void> {
  while (!condition()) {
    await once(changes, 'change');
  }
}

const said = (line: string) => (): boolean => lines.includes(line);

const kindsOf = (name: string): string[] => events.flatMap(({ dyno, kind }) => (dyno === name ? kind : []));

describe('scaling', () => {
  it('starts dynos that know their names and have a port each, and stops the highest numbers first', async () => {
    formation.scale('polite', 3);
    await until(() => statusesOf('polite') === 'up up up');
    formation.scale('polite', 1);
    expect(formation.quantity('polite')).toBe(1);
    expect(statusesOf('polite')).toBe('up stopping stopping');
    await until(() => statusesOf('polite') === 'up');
    expect(formation.dynos('polite')).toEqual([{ name: 'polite.1', status: 'up', isRunning: true, lastLines: [] }]);
    const stopping = events.flatMap(({ dyno, kind }) => (kind === 'stopping' ? dyno : []));
    expect(stopping).toEqual(['polite.3', 'polite.2']);
    expect(kindsOf('polite.1')).toEqual(['started', 'up']);
    expect(kindsOf('polite.2')).toEqual(['started', 'up', 'stopping', 'stopped']);
  });

  it('lets a new dyno take a number whose dyno is still stopping', async () => {
    formation.scale('slow', 1);
    await until(said('slow.1 ready'));
    formation.scale('slow', 0);
    formation.scale('slow', 1);
    await until(() => kindsOf('slow.1').includes('stopped') && statusesOf('slow') === 'up');
    expect(kindsOf('slow.1').sort()).toEqual(['started', 'started', 'stopped', 'stopping', 'up', 'up']);
  });

  it('has ended with an event for each dyno, even for one that never started', async () => {
    formation.scale('polite', 2);
    formation.scale('polite', 1);
    await until(() => kindsOf('polite.2').includes('stopped') && statusesOf('polite') === 'up');
    expect(kindsOf('polite.2')).toEqual(['stopping', 'stopped']);
    await formation.stopAll(['polite']);
    expect(kindsOf('polite.1')).toEqual(['started', 'up', 'stopping', 'stopped']);
    expect(formation.dynos('polite')).toEqual([]);
  });
});

describe('stopping', () => {
  it('sends SIGTERM to what a shell has started too', async () => {
    formation.scale('wrapped', 1);
    await until(said('wrapped.1 ready'));
    await formation.stopAll(['wrapped']);
    expect(kindsOf('wrapped.1')).toEqual(['started', 'up', 'stopping', 'stopped']);
    expect(alive()).toBe(0);
  });

  it('waits for a dyno that ends within the grace', async () => {
    formation.scale('slow', 1);
    await until(said('slow.1 ready'));
    await formation.stopAll(['slow']);
    const stopped = events.find(({ kind }) => kind === 'stopped');
    expect(stopped).toEqual({ process: 'slow', dyno: 'slow.1', kind: 'stopped', ms: expect.any(Number) });
    expect(Reflect.get(stopped ?? {}, 'ms')).toBeGreaterThanOrEqual(150);
  });

  it('has ended once all that it says is read', async () => {
    formation.scale('draining', 1);
    await until(said('draining.1 ready'));
    formation.scale('draining', 0);
    await until(() => kindsOf('draining.1').includes('stopped'));
    expect(events.slice(-3)).toEqual([
      expect.objectContaining({ kind: 'draining', jobs: 2 }),
      expect.objectContaining({ kind: 'drained', lost: 0 }),
      expect.objectContaining({ kind: 'stopped' }),
    ]);
  });

  it('kills after the grace what ignores SIGTERM, and what it has forked and hidden', async () => {
    formation.scale('stubborn', 1);
    await until(said('stubborn.1 works'));
    times.grace = 300;
    formation.scale('stubborn', 0);
    await formation.stopAll(['stubborn']);
    expect(events.at(-1)).toEqual({ process: 'stubborn', dyno: 'stubborn.1', kind: 'killed', atEnd: false });
    expect(alive()).toBe(0);
    const forked = [...lines.join('\n').matchAll(/ forked (\d+)/g)].map(([, pid]) => Number(pid));
    expect(forked).toHaveLength(2);
    // Each leads its own group.
    expect(new MarkedProcesses(new Set(forked), []).find()).toEqual([]);
  });

  it('says of a dyno that was killed at the end of the run that it was', async () => {
    formation.scale('stubborn', 1);
    await until(said('stubborn.1 works'));
    times.grace = 300;
    formation.close();
    await formation.stopAll(['stubborn']);
    expect(events.at(-1)).toMatchObject({ kind: 'killed', atEnd: true });
  });
});

describe('a crash', () => {
  it('is followed by a restart at once, then by ones further and further apart', async () => {
    // No run takes longer than the first cool-off.
    const clock = jest.spyOn(Date, 'now').mockReturnValue(Date.now());
    formation.scale('crashing', 1);
    await until(() => kindsOf('crashing.1').filter((kind) => kind === 'crashed').length === 4);
    clock.mockRestore();
    const crashes = events.flatMap((event) => (event.kind === 'crashed' ? [[event.how, event.restartMs]] : []));
    expect(crashes).toEqual([
      ['exit code 3', 0],
      ['exit code 3', 500],
      ['exit code 3', 600],
      ['exit code 3', 600],
    ]);
    expect(formation.quantity('crashing')).toBe(1);
    await formation.stopAll(['crashing']);
    expect(events.at(-1)).toEqual({ process: 'crashing', dyno: 'crashing.1', kind: 'stopped', ms: undefined });
  });
});

it('reports a dyno that the system refuses to start as crashed', async () => {
  formation.scale('impossible', 1);
  await until(() => kindsOf('impossible.1').includes('crashed'));
  expect(events.find(({ kind }) => kind === 'crashed')).toMatchObject({ how: 'spawn E2BIG', lastLines: [] });
  await formation.stopAll(['impossible']);
});

describe('the output of a dyno that crashed', () => {
  it('comes with the crash, to the last line', async () => {
    Object.assign(times, { coolOff: 1, maxCoolOff: 1 });
    formation.scale('talking', 8);
    await until(() => events.filter(({ kind }) => kind === 'crashed').length >= 100);
    const ends = events.flatMap((event) => (event.kind === 'crashed' ? [event.lastLines.at(-1)] : []));
    expect(new Set(ends)).toEqual(new Set(['last']));
  });

  it('is read to its end also where the machine was busy for longer than it is waited for', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'nestjs-hirefire-busy-'));
    const [fifo, env] = [join(folder, 'fifo'), { ...process.env, HIREFIRE_TOKEN: mark.split('=')[1] }];
    const command = `mkfifo ${fifo}; (read go < ${fifo}; echo late; rm ${fifo}) & exit 3`;
    const dyno = processes.start({ command, cwd: folder, env, mark: [mark], onLine: (line) => lines.push(line) });
    await dyno?.ended;
    const ended = dyno?.outputEnded();
    spawnSync('/bin/sh', ['-c', `echo go > ${fifo}; while [ -e ${fifo} ]; do sleep 0.01; done; sleep 1`]);
    await ended;
    expect(lines).toEqual(['late']);
    await rm(folder, { recursive: true });
  });

  it('is not mixed with that of the process that takes its place', async () => {
    formation.scale('brief', 1);
    await until(() => kindsOf('brief.1').filter((kind) => kind === 'crashed').length === 2);
    const lastLines = events.flatMap((event) => (event.kind === 'crashed' ? [event.lastLines] : []));
    expect(lastLines).toEqual([['once'], ['once']]);
  });
});

describe('a web dyno', () => {
  it('is up once it listens', async () => {
    formation.scale('web', 1);
    expect([formation.webUp, formation.webState]).toEqual([[], 'starting']);
    await until(() => formation.webUp.length === 1);
    expect(formation.webUp[0]).toMatchObject({ name: 'web.1' });
    formation.scale('web', 0);
    expect([formation.webUp, formation.webState]).toEqual([[], 'none']);
    await formation.stopAll(['web']);
  });

  it('has crashed when it ended by itself, also once it runs again, and not when it was stopped', async () => {
    formation.scale('web', 1);
    await until(() => formation.webUp.length === 1);
    const [dyno] = formation.webUp;
    if (dyno === undefined) {
      throw new Error('no web dyno');
    }
    const { port } = dyno;
    expect(formation.hasCrashed(dyno, port)).toBe(false);
    new MarkedProcesses(new Set(), [mark]).signal('SIGKILL');
    await until(() => kindsOf('web.1').filter((kind) => kind === 'up').length === 2);
    expect([formation.hasCrashed(dyno, port), formation.hasCrashed(dyno, dyno.port)]).toEqual([true, false]);
    await formation.stopAll(['web']);
    expect(formation.hasCrashed(dyno, dyno.port)).toBe(false);
  });

  it('has crashed when it does not listen in time', async () => {
    formation = new Formation({
      commands: new Map([['web', 'exec sleep 1000']]),
      cwd: process.cwd(),
      env: { ...process.env, HIREFIRE_TOKEN: mark.split('=')[1] },
      mark,
      times: { ...TIMES, boot: 300, coolOff: 60_000, maxCoolOff: 60_000 },
      processes,
      onEvent: (event) => {
        events.push(event);
        changes.emit('change');
      },
      onLine: () => undefined,
    });
    formation.scale('web', 1);
    await until(() => kindsOf('web.1').filter((kind) => kind === 'boot-timeout').length === 2);
    expect(events.filter(({ kind }) => kind === 'boot-timeout')).toEqual([
      { process: 'web', dyno: 'web.1', kind: 'boot-timeout', restartMs: 0, lastLines: [] },
      { process: 'web', dyno: 'web.1', kind: 'boot-timeout', restartMs: 60_000, lastLines: [] },
    ]);
    expect([formation.webState, alive()]).toEqual(['crashed', 0]);
    await formation.stopAll(['web']);
  });
});
