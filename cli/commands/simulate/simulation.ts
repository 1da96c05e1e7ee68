/** One run: the dynos, the router before them, and HireFire, which asks and scales, from the start to the report. */
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { HIREFIRE_PATH, TOKEN_HEADER, WEB_PROC_NAME } from '../../../lib/hirefire.protocol.js';
import type { Managers } from '../../hirefire/managers/managers-for.js';
import type { Manager } from '../../hirefire/managers/schema.js';
import { dynosText } from '../../hirefire/managers/units.js';
import { Poller, type Poll } from '../../hirefire/poll.js';
import type { Procfile } from '../../io/procfile.js';
import { RunState, type RunControls } from '../../run/run-state.js';
import { Scaling } from '../../run/scaling.js';
import { messageOf } from '../../io/errors.js';
import { UsageError } from '../../io/usage-error.js';
import { DispatchSink } from '../../hirefire/dispatch-sink.js';
import { Durations } from '../../run/durations.js';
import { DynoProcesses } from '../../heroku/dyno-processes.js';
import { Formation, type DynoEvent, type HerokuTimes } from '../../heroku/formation.js';
import { Problems, type Problem, type ProblemKind } from '../../run/problems.js';
import type { ProcessReport, Report } from '../../run/report.js';
import { Router, ROUTER_CODES, type RoutedRequest, type RouterCode, type RouterTimes } from '../../heroku/router.js';
import { queueTimeOf, WebSamples } from '../../hirefire/web-samples.js';

/** Heroku runs it once per deploy, and not as a dyno of the formation. */
const RELEASE = 'release';

/** Checkups with every number at 0 after which a run is idle. */
const IDLE_CHECKUPS = 3;

/** A dyno that ends as soon after SIGTERM did not wait for a job. */
const AT_ONCE_MS = 1_000;
/** Checkups that the number is given to fall, once no dyno of the process is stopping any more. */
const CHECKUPS_TO_FALL = 2;

export interface SimulationSettings {
  readonly procfile: Procfile;
  readonly cwd: string;
  /** Of the dynos, before what the run sets. */
  readonly env: NodeJS.ProcessEnv;
  readonly managers: Managers;
  readonly timeZone: string;
  /** Per month. */
  readonly prices: ReadonlyMap<string, number>;
  /** Seconds between two checkups. */
  readonly every: number;
  readonly speed: number;
  readonly port: number;
  /** Seconds; undefined: until it is ended otherwise. */
  readonly duration: number | undefined;
  readonly untilIdle: boolean;
  /** guard.ts, as it was built. */
  readonly guardFile: string;
  /** Heroku's own. */
  readonly times: HerokuTimes & RouterTimes;
  /** A line of a dyno's output. */
  readonly onLine: (dyno: string, line: string) => void;
  /** After each checkup; everything else is an event of the state. */
  readonly onCheckup: (poll: Poll) => void;
}

/** What is told of one process beside the state. */
interface Watched {
  firstJobAt: number | undefined;
  secondsToFirstDyno: number | null;
  worst: number | null;
}

/** The dynos of a process that ended at once while there were jobs. */
interface Suspects {
  readonly dynos: readonly { readonly dyno: string; readonly t: number; readonly value: number }[];
  checkupsLeft: number;
}

export class Simulation {
  readonly state: RunState;
  readonly controls: RunControls = {
    setManager: (process, manager) => this.#setManager(process, manager),
    scale: (process, dynos) => this.#scaleByHand(process, dynos),
  };
  readonly #token = randomBytes(24).toString('hex');
  readonly #startedAt = new Date();
  readonly #start = performance.now();
  readonly #watched = new Map<string, Watched>();
  readonly #scaling: Scaling;
  readonly #problems = new Problems();
  readonly #pollTimes = new Durations();
  readonly #requestTimes = new Durations();
  readonly #codes: Record<RouterCode, number> = { H10: 0, H12: 0, H13: 0, H14: 0, H18: 0, H20: 0, H21: 0 };
  readonly #ending = new AbortController();
  readonly #ended = once(this.#ending.signal, 'abort');
  readonly #processes: DynoProcesses;
  readonly #router: Router;
  readonly #sink: DispatchSink;
  readonly #web: WebSamples;
  #formation: Formation | undefined;
  #polls = 0;
  #pollsFailed = 0;
  readonly #suspects = new Map<string, Suspects>();
  #onWebSettled: () => void = () => undefined;
  #port = 0;
  #wasKilled = false;

  constructor(private readonly settings: SimulationSettings) {
    const { speed, every } = settings;
    this.state = new RunState('simulate', this.#startedAt, every, speed);
    this.#scaling = new Scaling({
      ...{ state: this.state, timeZone: settings.timeZone },
      seconds: () => this.#t,
      now: () => this.#hireFiresTime,
      scale: (process, dynos) => this.#formation?.scale(process, dynos),
    });
    this.#processes = new DynoProcesses(`HIREFIRE_TOKEN=${this.#token}`, settings.guardFile);
    this.#web = new WebSamples(() => performance.now(), this.#start, 60_000 / speed);
    this.#sink = new DispatchSink(this.#token, (samples) => this.#web.addQueueTimes(samples));
    this.#router = new Router({
      formation: {
        up: () => this.#formation?.webUp ?? [],
        rest: () => this.#formation?.webState ?? 'none',
        hasCrashed: (dyno, port) => this.#formation?.hasCrashed(dyno, port) ?? false,
      },
      times: settings.times,
      onRequest: (request) => this.#onRequest(request),
      isPoll: ({ headers, url = '' }) =>
        headers[TOKEN_HEADER] === this.#token || url.startsWith(`/${HIREFIRE_PATH}/${this.#token}/`),
    });
  }

  /** Where the router listens. */
  get url(): string {
    return `http://127.0.0.1:${this.#port}`;
  }

  /** How many dynos of a process have been asked to end, and have not yet. */
  stopping(process: string): number {
    return this.#formation?.stopping(process) ?? 0;
  }

  /** How many problems there were of each kind, also those that the report leaves out. */
  get problemCounts(): ReadonlyMap<ProblemKind, number> {
    return this.#problems.counts;
  }

  /** Begins the end of the run. */
  end(): void {
    this.#ending.abort();
  }

  /** Whether it was. */
  get wasKilled(): boolean {
    return this.#wasKilled;
  }

  /** Kills everything, at once. */
  async kill(): Promise<void> {
    this.#wasKilled = true;
    this.end();
    await this.#processes.killAll();
  }

  /**
   * Takes the port, before any dyno is started.
   *
   * @throws UsageError when it is taken
   */
  async open(): Promise<void> {
    const { port } = this.settings;
    try {
      this.#port = await this.#router.listen(port);
    } catch (error) {
      await this.#processes.close();
      throw new UsageError(`--port: ${port} can't be listened on (${messageOf(error)}): choose another port`);
    }
  }

  /** The whole run; everything that was started has ended when it resolves. */
  async run(): Promise<Report> {
    const timer = setTimeout(() => this.end(), (this.settings.duration ?? 0) * 1000);
    if (this.settings.duration === undefined) {
      clearTimeout(timer);
    }
    try {
      await this.#startDynos();
      await this.#checkupsUntilEnd();
      return await this.#endDynos();
    } finally {
      clearTimeout(timer);
      await this.close();
    }
  }

  /** Kills what is left, should something have failed. */
  async close(): Promise<void> {
    await Promise.all([this.#router.close(), this.#sink.close()]);
    await this.#processes.close();
  }

  get #t(): number {
    return Math.round(performance.now() - this.#start) / 1000;
  }

  #isEnding(): boolean {
    return this.#ending.signal.aborted;
  }

  /** HireFire's clock, in epoch milliseconds. */
  get #hireFiresTime(): number {
    return this.#startedAt.getTime() + (performance.now() - this.#start) * this.settings.speed;
  }

  async #startDynos(): Promise<void> {
    const { procfile, cwd, env, managers, prices, speed, times, onLine } = this.settings;
    const dispatchUrl = await this.#sink.listen();
    const formation = new Formation({
      commands: procfile,
      cwd,
      env: { ...env, HIREFIRE_TOKEN: this.#token, HIREFIRE_DISPATCH_URL: dispatchUrl },
      mark: `HIREFIRE_TOKEN=${this.#token}`,
      times: { ...times, coolOff: times.coolOff / speed, maxCoolOff: times.maxCoolOff / speed },
      processes: this.#processes,
      onEvent: (event) => this.#onDynoEvent(event),
      onLine: (dyno, line) => {
        this.#readLine(dyno, line);
        onLine(dyno, line);
      },
    });
    this.#formation = formation;
    const webSettled = new Promise<void>((resolve) => (this.#onWebSettled = resolve));
    for (const name of procfile.keys()) {
      const manager = managers.get(name);
      if (name !== RELEASE && (manager || name === WEB_PROC_NAME)) {
        this.#watched.set(name, { firstJobAt: undefined, secondsToFirstDyno: null, worst: null });
        this.#scaling.add(name, manager, prices.get(name));
      }
    }
    // HireFire would ask an app that was deployed a while ago.
    if (formation.quantity(WEB_PROC_NAME) > 0) {
      await Promise.race([webSettled, this.#ended]);
    }
  }

  async #checkupsUntilEnd(): Promise<void> {
    const { signal } = this.#ending;
    const poller = new Poller(new URL(this.url), this.#token);
    let idleCheckups = 0;
    let wasBusy = false;
    while (!this.#isEnding()) {
      const next = performance.now() + this.settings.every * 1000;
      const poll = await poller.poll({ signal });
      if (this.#isEnding()) {
        return;
      }
      const numbers = this.#checkup(poll);
      this.settings.onCheckup(poll);
      wasBusy ||= numbers.some((number) => number !== null && number > 0);
      idleCheckups = numbers.every((number) => number === 0) && this.#isAtMinimum() ? idleCheckups + 1 : 0;
      if (this.settings.untilIdle && wasBusy && idleCheckups >= IDLE_CHECKUPS) {
        this.end();
      }
      await sleep(Math.max(next - performance.now(), 0), undefined, { signal }).catch(() => undefined);
    }
  }

  /** The numbers there are; null for one that is not known this time. */
  #checkup(poll: Poll): (number | null)[] {
    const t = this.#t;
    this.#polls++;
    this.#pollTimes.add(poll.ms);
    if (!poll.ok) {
      this.#pollsFailed++;
      this.#problem({ kind: 'poll-failed', process: null, dyno: null, t, message: `a poll failed: ${poll.reason}` });
    }
    const numbers: (number | null)[] = [];
    for (const [name, watched] of this.#watched) {
      const { manager } = this.state.process(name) ?? {};
      let value: number | null;
      if (name === WEB_PROC_NAME) {
        value = this.#web.checkup(manager, this.#router.open);
        if (manager) {
          numbers.push(value);
        }
      } else {
        const number = poll.ok ? poll.values.get(name) : null;
        // A process that the app does not report has no number to wait for.
        if (number !== undefined) {
          numbers.push(number);
        }
        value = number ?? null;
      }
      this.#note(name, watched, value, t);
      this.#scaling.checkup(name, value, t);
    }
    return numbers;
  }

  #note(name: string, watched: Watched, value: number | null, t: number): void {
    if (value === null) {
      return;
    }
    watched.worst = Math.max(watched.worst ?? 0, value);
    if (value > 0 && watched.firstJobAt === undefined) {
      watched.firstJobAt = t;
      watched.secondsToFirstDyno = (this.#formation?.up(name) ?? 0) > 0 ? 0 : null;
    }
    this.#judgeSuspects(name, value);
  }

  #isAtMinimum(): boolean {
    return [...this.#watched.keys()].every((name) => this.stopping(name) === 0 && this.#scaling.isAtMinimum(name));
  }

  /** Workers first, so that each can still hand in its last job; then web. */
  async #endDynos(): Promise<Report> {
    const formation = this.#formation;
    const endedAt = new Date();
    const ending = this.#t;
    this.#event('the run ends: workers first, then web');
    formation?.close();
    const names = [...this.settings.procfile.keys()];
    await formation?.stopAll(names.filter((name) => name !== WEB_PROC_NAME));
    await formation?.stopAll([WEB_PROC_NAME]);
    return {
      startedAt: this.#startedAt.toISOString(),
      endedAt: endedAt.toISOString(),
      speed: this.settings.speed,
      processes: Object.fromEntries(
        [...this.#watched].map(([name, watched]) => [name, this.#processReport(name, watched, ending)]),
      ),
      polls: {
        count: this.#polls,
        failed: this.#pollsFailed,
        p50: this.#pollTimes.percentile(50),
        max: this.#pollTimes.max,
      },
      router: {
        requests: this.#requestTimes.count,
        p50: this.#requestTimes.percentile(50),
        p95: this.#requestTimes.percentile(95),
        codes: this.#codes,
      },
      problems: this.#problems.all,
    };
  }

  #processReport(name: string, { secondsToFirstDyno, worst }: Watched, seconds: number): ProcessReport {
    const { manager, series = [] } = this.state.process(name) ?? {};
    const dynoSeconds = this.#formation?.dynoSeconds(name) ?? 0;
    return {
      manager: manager ?? null,
      series,
      dynoSeconds: Math.round(dynoSeconds * 1000) / 1000,
      dynoSecondsAtMaximum: Math.round((manager ? manager.maximum * seconds : dynoSeconds) * 1000) / 1000,
      secondsToFirstDyno,
      worst,
    };
  }

  #onDynoEvent(event: DynoEvent): void {
    const { process, dyno, kind } = event;
    const t = this.#t;
    if (process === WEB_PROC_NAME) {
      this.#router.dynosChanged();
      if (kind === 'up' || kind === 'crashed' || kind === 'boot-timeout') {
        this.#onWebSettled();
      }
    }
    switch (kind) {
      case 'started':
      case 'stopping':
        break;
      case 'up': {
        this.#event(`${dyno} is up`, process);
        const watched = this.#watched.get(process);
        if (watched?.firstJobAt !== undefined && watched.secondsToFirstDyno === null) {
          watched.secondsToFirstDyno = Math.round((t - watched.firstJobAt) * 1000) / 1000;
        }
        break;
      }
      case 'stopped':
        this.#onStopped(process, dyno, event.ms, t);
        break;
      case 'killed': {
        this.#suspects.delete(process);
        const message = `${dyno} did not end within ${this.settings.times.grace / 1000} s of SIGTERM and was killed`;
        if (event.atEnd) {
          this.#event(message, process);
        } else {
          this.#problem({ kind, process, dyno, t, message });
        }
        break;
      }
      case 'crashed':
        if (!this.#isEnding()) {
          const message = `${dyno} crashed (${event.how}) and is started again ${after(event.restartMs)}`;
          this.#problem({ kind, process, dyno, t, message });
        }
        break;
      case 'boot-timeout':
        if (!this.#isEnding()) {
          const message = `${dyno} did not listen on its port within ${this.settings.times.boot / 1000} s (R10) and is started again ${after(event.restartMs)}`;
          this.#problem({ kind, process, dyno, t, message });
        }
        break;
    }
  }

  #onStopped(process: string, dyno: string, ms: number | undefined, t: number): void {
    this.#event(
      ms === undefined ? `${dyno} stopped` : `${dyno} stopped, ${(ms / 1000).toFixed(1)} s after SIGTERM`,
      process,
    );
    if (process === WEB_PROC_NAME || ms === undefined) {
      return;
    }
    if (ms >= AT_ONCE_MS) {
      // The worker waits for its job, so those that ended at once had none.
      this.#suspects.delete(process);
      return;
    }
    const value = this.state.process(process)?.series.at(-1)?.value ?? 0;
    if (value > 0) {
      const dynos = this.#suspects.get(process)?.dynos ?? [];
      this.#suspects.set(process, { dynos: [...dynos, { dyno, t, value }], checkupsLeft: CHECKUPS_TO_FALL });
    }
  }

  #judgeSuspects(process: string, value: number): void {
    const suspects = this.#suspects.get(process);
    // One that is still stopping may have the job in hand.
    if (!suspects || this.stopping(process) > 0 || --suspects.checkupsLeft > 0) {
      return;
    }
    this.#suspects.delete(process);
    const dynos = suspects.dynos
      .filter((one) => value >= one.value)
      .sort((a, b) => a.dyno.localeCompare(b.dyno, 'en', { numeric: true }));
    const [first] = dynos;
    // Once for all: which of them had the job, the number can't tell.
    if (first) {
      const names = new Intl.ListFormat('en').format(dynos.map(({ dyno }) => dyno));
      const message = `${names} ended at once on SIGTERM while there were jobs, and their number did not fall: a job was interrupted`;
      this.#problem({ kind: 'interrupted-job', process, dyno: first.dyno, t: first.t, message });
    }
  }

  #onRequest({ method, path, dyno, ms, code }: RoutedRequest): void {
    this.#requestTimes.add(ms);
    this.#web.addRequest(ms);
    if (code !== undefined) {
      this.#codes[code]++;
      if (!this.#isEnding()) {
        const message = `${method} ${path}: ${code}, ${ROUTER_CODES[code]}`;
        this.#problem({ kind: 'request-lost', process: WEB_PROC_NAME, dyno: dyno ?? null, t: this.#t, message }, code);
      }
    }
  }

  #readLine(dyno: string, line: string): void {
    const queueTime = dyno.startsWith(`${WEB_PROC_NAME}.`) ? queueTimeOf(line) : undefined;
    if (queueTime !== undefined) {
      this.#web.addQueueTimes([queueTime]);
    }
  }

  #setManager(name: string, manager: Manager): void {
    this.#scaling.setManager(name, manager);
    this.#event('the manager was changed by hand', name);
  }

  #scaleByHand(name: string, dynos: number): void {
    if (this.#watched.has(name)) {
      this.#event(`${this.#scaling.dynosOf(name)} → ${dynosText(dynos)} by hand`, name);
      this.#scaling.byHand(name, dynos);
    }
  }

  #event(text: string, process?: string): void {
    this.state.addEvent({ t: this.#t, level: 'info', text, ...(process !== undefined && { process }) });
  }

  #problem(problem: Omit<Problem, 'cure'>, code?: RouterCode): void {
    const { t, message, process } = this.#problems.add(problem, code);
    this.state.addEvent({ t, level: 'problem', text: message, ...(process !== null && { process }) });
  }
}

function after(ms: number): string {
  return ms === 0 ? 'at once' : `in ${ms < 60_000 ? `${Math.ceil(ms / 1000)} s` : `${Math.round(ms / 60_000)} min`}`;
}
