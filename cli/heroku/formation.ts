/** Runs the dynos of an app as Heroku does: numbers them, restarts crashed ones, stops the highest numbers first. */
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { WEB_PROC_NAME } from '../../lib/hirefire.protocol.js';
import type { DynoProcess, DynoProcesses, Ending } from './dyno-processes.js';
import { FreePorts } from './free-ports.js';
import { drainLineOf, type DrainLine } from './drain-line.js';
import { LastLines } from './last-lines.js';
import { listens, listensOnLoopbackOnly } from './loopback-only.js';

/** Heroku's time limits, in milliseconds. */
export interface HerokuTimes {
  /** Between SIGTERM and SIGKILL. */
  readonly grace: number;
  /** For a web dyno to listen on its port. */
  readonly boot: number;
  /** Before the second restart of a dyno; the first is at once, and each further one takes twice as long. */
  readonly coolOff: number;
  /** The longest cool-off. A dyno that ran longer than the first cool-off starts over. */
  readonly maxCoolOff: number;
}

export const HEROKU_TIMES: HerokuTimes = {
  grace: 30_000,
  boot: 60_000,
  coolOff: 10 * 60_000,
  maxCoolOff: 24 * 60 * 60_000,
};

const BOOT_LOOK_MS = 100;

export type DynoEvent = { readonly process: string; readonly dyno: string } & (
  | { readonly kind: 'started' | 'up' | 'stopping' }
  /** It is up, but can be reached from this machine only. */
  | { readonly kind: 'loopback-only' }
  | DrainLine
  /** It ended by itself, that many milliseconds after SIGTERM; undefined: it was not running any more. */
  | { readonly kind: 'stopped'; readonly ms: number | undefined }
  /** It did not end within the grace. */
  | { readonly kind: 'killed'; readonly atEnd: boolean }
  | (Failure & { readonly kind: 'crashed'; readonly how: string })
  | (Failure & { readonly kind: 'boot-timeout' })
);

interface Failure {
  readonly restartMs: number;
  /** The end of its output. */
  readonly lastLines: readonly string[];
}

export interface FormationSettings {
  readonly commands: ReadonlyMap<string, string>;
  readonly cwd: string;
  /** For every dyno; each also gets `DYNO` and `PORT`. */
  readonly env: NodeJS.ProcessEnv;
  /** The entry of `env` that no other run has. */
  readonly mark: string;
  readonly times: HerokuTimes;
  readonly processes: DynoProcesses;
  readonly onEvent: (event: DynoEvent) => void;
  readonly onLine: (dyno: string, line: string) => void;
}

/** `up`: it works, or takes requests; `stopping`: it was asked to stop; `crashed`: it ended by itself. */
export type DynoStatus = 'starting' | 'up' | 'stopping' | 'crashed';

/** A dyno at one moment. */
export interface DynoNow {
  /** Such as `worker.1`; a new dyno may have the name of one that is still stopping. */
  readonly name: string;
  readonly status: DynoStatus;
  /** True if it has a process. */
  readonly isRunning: boolean;
  /** The newest lines of its output; they grow with it. */
  readonly lastLines: readonly string[];
}

/** A web dyno that takes requests. */
export interface WebDyno {
  readonly name: string;
  readonly port: number;
}

class Dyno {
  readonly name: string;
  state: DynoStatus = 'starting';
  port = 0;
  /** True if it has a process. */
  isRunning = false;
  /** Of its newest process. */
  output = new LastLines();
  crashes = 0;
  hasBootTimedOut = false;
  stopsAtEnd = false;
  readonly #stop = new AbortController();
  /** Resolves when it has to stop. */
  readonly stopRequested = once(this.#stop.signal, 'abort');

  constructor(
    readonly process: string,
    readonly number: number,
  ) {
    this.name = `${process}.${number}`;
  }

  isStopping(): boolean {
    return this.#stop.signal.aborted;
  }

  stop(atEnd: boolean): void {
    this.state = 'stopping';
    this.stopsAtEnd = atEnd;
    this.#stop.abort();
  }
}

export class Formation {
  readonly #dynos = new Set<Dyno>();
  readonly #quantities = new Map<string, number>();
  readonly #lives = new Set<Promise<void>>();
  readonly #ports = new FreePorts();
  #isClosed = false;
  #isLoopbackOnly = false;
  #up: readonly WebDyno[] = [];

  constructor(private readonly settings: FormationSettings) {}

  /** Starts or stops dynos until there are that many. Stopping dynos may first finish their jobs. */
  scale(process: string, quantity: number): void {
    if (this.#isClosed && quantity > 0) {
      return;
    }
    this.#quantities.set(process, quantity);
    const dynos = this.#kept(process);
    for (let missing = quantity - dynos.length; missing > 0; missing--) {
      this.#add(process);
    }
    for (const dyno of dynos.slice(quantity).reverse()) {
      dyno.stop(this.#isClosed);
      this.#emit(dyno, { kind: 'stopping' });
    }
  }

  /** Starts no more dynos, not even to replace one that crashed. */
  close(): void {
    this.#isClosed = true;
  }

  /** Stops all dynos of these processes; resolves when all have ended. */
  async stopAll(processes: readonly string[]): Promise<void> {
    processes.forEach((process) => this.scale(process, 0));
    while ([...this.#dynos].some(({ process }) => processes.includes(process))) {
      await Promise.race(this.#lives);
    }
  }

  /** The dynos that were asked for. */
  quantity(process: string): number {
    return this.#quantities.get(process) ?? 0;
  }

  /** The existing dynos, by their numbers; each change has an event. */
  dynos(process: string): DynoNow[] {
    return this.#of(process)
      .sort((a, b) => a.number - b.number)
      .map(({ name, state, isRunning, output }) => ({ name, status: state, isRunning, lastLines: output.lines }));
  }

  /** The web dynos that listen and are not being stopped. */
  get webUp(): readonly WebDyno[] {
    return this.#up;
  }

  /** The state of the web dynos that take no requests; `none` without any. */
  get webState(): 'starting' | 'crashed' | 'none' {
    const states = this.#kept(WEB_PROC_NAME).map(({ state }) => state);
    return states.includes('starting') ? 'starting' : states.includes('crashed') ? 'crashed' : 'none';
  }

  /** True if a web dyno that listened on a port has ended by itself, even if it runs again. */
  hasCrashed(dyno: WebDyno, port: number): boolean {
    const kept = this.#kept(WEB_PROC_NAME).find((one) => one === dyno);
    return kept !== undefined && (kept.state !== 'up' || kept.port !== port);
  }

  #of(process: string): Dyno[] {
    return [...this.#dynos].filter((dyno) => dyno.process === process);
  }

  /** The dynos that are not being stopped, by their numbers. */
  #kept(process: string): Dyno[] {
    return this.#of(process)
      .filter((dyno) => !dyno.isStopping())
      .sort((a, b) => a.number - b.number);
  }

  #add(process: string): void {
    const taken = new Set(this.#kept(process).map((dyno) => dyno.number));
    let number = 1;
    while (taken.has(number)) {
      number++;
    }
    const dyno = new Dyno(process, number);
    this.#dynos.add(dyno);
    const life = this.#live(dyno).finally(() => {
      this.#dynos.delete(dyno);
      this.#lives.delete(life);
    });
    this.#lives.add(life);
  }

  async #live(dyno: Dyno): Promise<void> {
    for (;;) {
      dyno.port = await this.#ports.take();
      const ending = dyno.isStopping() ? undefined : await this.#runOnce(dyno);
      this.#ports.giveBack(dyno.port);
      if (dyno.isStopping()) {
        this.#stopped(dyno, { kind: 'stopped', ms: undefined });
      }
      if (!this.#dynos.has(dyno) || ending === undefined) {
        return;
      }
      const restartMs = this.#coolOff(dyno, ending.ms);
      const failure: Failure = { restartMs, lastLines: [...dyno.output.lines] };
      this.#emit(
        dyno,
        dyno.hasBootTimedOut ? { kind: 'boot-timeout', ...failure } : { kind: 'crashed', how: ending.how, ...failure },
      );
      await this.#wait(dyno, restartMs);
      if (dyno.isStopping()) {
        this.#stopped(dyno, { kind: 'stopped', ms: undefined });
        return;
      }
      if (this.#isClosed) {
        return;
      }
      dyno.state = 'starting';
      dyno.hasBootTimedOut = false;
    }
  }

  /** @returns undefined if it was stopped, or never started */
  async #runOnce(dyno: Dyno): Promise<Ending | undefined> {
    const { settings } = this;
    const { process, name, port } = dyno;
    const command = settings.commands.get(process);
    if (command === undefined) {
      throw new Error(`The Procfile has no process "${process}".`);
    }
    const output = new LastLines();
    dyno.output = output;
    const running = settings.processes.start({
      command,
      cwd: settings.cwd,
      env: { ...settings.env, DYNO: name, PORT: `${port}` },
      mark: [settings.mark, `DYNO=${name}`, `PORT=${port}`],
      onLine: (line) => {
        output.add(line);
        settings.onLine(name, line);
        const drain = drainLineOf(line);
        if (drain) {
          this.#emit(dyno, drain);
        }
      },
    });
    if (!running) {
      return undefined;
    }
    dyno.isRunning = true;
    this.#emit(dyno, { kind: 'started' });
    void this.#boot(dyno, running);

    const ending = await Promise.race([running.ended, dyno.stopRequested]);
    let stopped: Awaited<ReturnType<DynoProcess['stop']>> | undefined;
    if (dyno.isStopping()) {
      stopped = await running.stop(settings.times.grace);
      await running.outputEnded();
    } else {
      dyno.state = 'crashed';
      this.#findUp(process);
      // No process that it started may outlive it.
      await running.kill();
      await running.outputEnded();
    }
    settings.processes.forget(running);
    dyno.isRunning = false;
    if (stopped) {
      this.#stopped(
        dyno,
        stopped.wasKilled ? { kind: 'killed', atEnd: dyno.stopsAtEnd } : { kind: 'stopped', ms: stopped.ms },
      );
    }
    return 'how' in ending ? ending : undefined;
  }

  /** A web dyno is up once it listens, any other at once. */
  async #boot(dyno: Dyno, running: DynoProcess): Promise<void> {
    const hasEnded = running.ended.then(() => true);
    if (dyno.process === WEB_PROC_NAME) {
      const deadline = Date.now() + this.settings.times.boot;
      while (!(await listens(dyno.port))) {
        if (Date.now() > deadline) {
          dyno.hasBootTimedOut = true;
          running.killNow();
          return;
        }
        if ((await Promise.race([hasEnded, sleep(BOOT_LOOK_MS)])) || dyno.isStopping()) {
          return;
        }
      }
    }
    if (dyno.state === 'starting') {
      dyno.state = 'up';
      this.#emit(dyno, { kind: 'up' });
      await this.#findLoopbackOnly(dyno);
    }
  }

  /** Reports one dyno of a run: the others run the same command. */
  async #findLoopbackOnly(dyno: Dyno): Promise<void> {
    const { process, port } = dyno;
    if (process === WEB_PROC_NAME && !this.#isLoopbackOnly && (await listensOnLoopbackOnly(port))) {
      this.#isLoopbackOnly = true;
      this.#emit(dyno, { kind: 'loopback-only' });
    }
  }

  #coolOff(dyno: Dyno, ran: number): number {
    const { coolOff, maxCoolOff } = this.settings.times;
    dyno.crashes = ran > coolOff ? 1 : dyno.crashes + 1;
    return dyno.crashes === 1 ? 0 : Math.min(coolOff * 2 ** (dyno.crashes - 2), maxCoolOff);
  }

  async #wait(dyno: Dyno, ms: number): Promise<void> {
    const waiting = new AbortController();
    try {
      await Promise.race([sleep(ms, undefined, { signal: waiting.signal }).catch(() => undefined), dyno.stopRequested]);
    } finally {
      waiting.abort();
    }
  }

  #stopped(dyno: Dyno, event: EventOfDyno): void {
    if (this.#dynos.delete(dyno)) {
      this.#emit(dyno, event);
    }
  }

  #emit({ process, name }: Dyno, what: EventOfDyno): void {
    this.#findUp(process);
    this.settings.onEvent({ process, dyno: name, ...what });
  }

  #findUp(process: string): void {
    if (process === WEB_PROC_NAME) {
      this.#up = this.#kept(process).filter(({ state }) => state === 'up');
    }
  }
}

type Without<T, K extends PropertyKey> = T extends unknown ? Omit<T, K> : never;
export type EventOfDyno = Without<DynoEvent, 'process' | 'dyno'>;
