/** One run on this machine: starts the dynos, the router and HireFire's checkups, and ends them in order. */
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { HIREFIRE_PATH, TOKEN_HEADER, WEB_PROC_NAME } from '../../../lib/hirefire.protocol.js';
import { DynoProcesses } from '../../heroku/dyno-processes.js';
import { Formation, type DynoEvent, type HerokuTimes } from '../../heroku/formation.js';
import { Load } from '../../heroku/load.js';
import { Router } from '../../heroku/router.js';
import { ROUTER_CODES } from '../../heroku/router-codes.js';
import type { RoutedRequest, RouterTimes } from '../../heroku/router-passage.js';
import { DispatchSink } from '../../hirefire/dispatch-sink.js';
import type { Managers } from '../../hirefire/managers/managers-for.js';
import { Poller, type Poll } from '../../hirefire/poll.js';
import { queueTimeOf, WebSamples } from '../../hirefire/web-samples.js';
import { codeOf, messageOf, UsageError } from '../../io/errors.js';
import { isRunPerDeploy, type Procfile } from '../../io/procfile.js';
import { EarlyStops } from '../../run/early-stops.js';
import { reportOf, type Report } from '../../run/report.js';
import { RunState, type RunControls } from '../../run/run-state.js';
import { Scaling } from '../../run/scaling.js';
import { recordDynoEvent } from './dyno-events.js';

/** On macOS, a service of the system has it. */
export const DEFAULT_PORT = 5000;
const MAX_FURTHER_PORTS = 100;

/** Checkups with every number at 0 after which a run is idle. */
const IDLE_CHECKUPS = 3;

export interface SimulationSettings {
  readonly procfile: Procfile;
  readonly cwd: string;
  /** For the dynos; the run adds its own variables. */
  readonly env: NodeJS.ProcessEnv;
  readonly managers: Managers;
  readonly timeZone: string;
  /** Per month. */
  readonly prices: ReadonlyMap<string, number>;
  /** Seconds between two checkups. */
  readonly every: number;
  readonly speed: number;
  /** Undefined: the default, or the next free one. */
  readonly port: number | undefined;
  /** Seconds; undefined: no limit. */
  readonly duration: number | undefined;
  readonly untilIdle: boolean;
  /** The built guard.ts. */
  readonly guardFile: string;
  readonly times: HerokuTimes & RouterTimes;
  /** A line of a dyno's output. */
  readonly onLine: (dyno: string, line: string) => void;
  /** The file of a dyno's output; undefined without one. */
  readonly logOf: (dyno: string) => string | undefined;
  /** After each checkup; everything else is an event of the state. */
  readonly onCheckup: (poll: Poll) => void;
}

export class Simulation {
  readonly state: RunState;
  readonly #load = new Load(() => this.#port);
  readonly controls: RunControls = {
    setManager: (name, manager) => {
      this.state.setManager(name, manager, this.#t);
      this.#info('the manager was changed by hand', name);
    },
    scale: (name, dynos) => this.#scaling.setDynos(name, dynos, this.#t),
    load: {
      now: () => this.#load.now,
      set: (path, perSecond) => {
        this.#load.set(path, perSecond);
        this.#info(`${perSecond} requests per second on ${path}, by hand`, WEB_PROC_NAME);
      },
    },
  };
  readonly #token = randomBytes(24).toString('hex');
  readonly #mark = `HIREFIRE_TOKEN=${this.#token}`;
  readonly #start = performance.now();
  readonly #scaling: Scaling;
  readonly #earlyStops: EarlyStops;
  readonly #ending = new AbortController();
  readonly #ended = once(this.#ending.signal, 'abort');
  readonly #processes: DynoProcesses;
  readonly #router: Router;
  readonly #sink: DispatchSink;
  readonly #web: WebSamples;
  #formation: Formation | undefined;
  #onWebSettled: () => void = () => undefined;
  #port = 0;
  #wasKilled = false;

  constructor(private readonly settings: SimulationSettings) {
    const { speed, every, timeZone, guardFile, times } = settings;
    const state = new RunState('simulate', new Date(), every, speed);
    this.state = state;
    this.#scaling = new Scaling({
      ...{ state, timeZone },
      now: () => state.startedAt.getTime() + (performance.now() - this.#start) * speed,
      scale: (process, dynos) => this.#formation?.scale(process, dynos),
    });
    this.#earlyStops = new EarlyStops(state);
    this.#processes = new DynoProcesses(this.#mark, guardFile);
    this.#web = new WebSamples(() => performance.now(), this.#start, 60_000 / speed);
    this.#sink = new DispatchSink(this.#token, (samples) => this.#web.addQueueTimes(samples));
    this.#router = new Router({
      formation: {
        up: () => this.#formation?.webUp ?? [],
        rest: () => this.#formation?.webState ?? 'none',
        hasCrashed: (dyno, port) => this.#formation?.hasCrashed(dyno, port) ?? false,
      },
      times,
      onRequest: (request) => this.#onRequest(request),
      isPoll: ({ headers, url = '' }) =>
        headers[TOKEN_HEADER] === this.#token || url.startsWith(`/${HIREFIRE_PATH}/${this.#token}/`),
    });
  }

  /** The router's. */
  get port(): number {
    return this.#port;
  }

  /** The router's URL. */
  get url(): string {
    return `http://127.0.0.1:${this.#port}`;
  }

  get wasKilled(): boolean {
    return this.#wasKilled;
  }

  /** Begins the end of the run. */
  end(): void {
    this.#ending.abort();
  }

  /** Kills everything at once. */
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
    const { port = DEFAULT_PORT } = this.settings;
    try {
      this.#port = await this.#listen(port, this.settings.port === undefined ? port + MAX_FURTHER_PORTS : port);
    } catch (error) {
      await this.#processes.close();
      throw new UsageError(`--port: can't listen on port ${port} (${messageOf(error)}): choose another port`);
    }
  }

  async #listen(port: number, last: number): Promise<number> {
    try {
      return await this.#router.listen(port);
    } catch (error) {
      if (port < last && codeOf(error) === 'EADDRINUSE') {
        return this.#listen(port + 1, last);
      }
      throw error;
    }
  }

  /** Resolves when everything that it started has ended. */
  async run(): Promise<Report> {
    const { duration } = this.settings;
    const timer = duration === undefined ? undefined : setTimeout(() => this.end(), duration * 1000);
    try {
      await this.#startDynos();
      await this.#checkups();
      await this.#endDynos();
      return reportOf(this.state);
    } finally {
      clearTimeout(timer);
      await this.close();
    }
  }

  /** Kills the processes that a failed run left. */
  async close(): Promise<void> {
    this.#load.close();
    await Promise.all([this.#router.close(), this.#sink.close()]);
    await this.#processes.close();
  }

  get #t(): number {
    return Math.round(performance.now() - this.#start) / 1000;
  }

  #isEnding(): boolean {
    return this.#ending.signal.aborted;
  }

  async #startDynos(): Promise<void> {
    const { procfile, cwd, env, managers, prices, speed, times, onLine } = this.settings;
    const dispatchUrl = await this.#sink.listen();
    this.#formation = new Formation({
      commands: procfile,
      cwd,
      env: { ...env, HIREFIRE_TOKEN: this.#token, HIREFIRE_DISPATCH_URL: dispatchUrl },
      mark: this.#mark,
      times: { ...times, coolOff: times.coolOff / speed, maxCoolOff: times.maxCoolOff / speed },
      processes: this.#processes,
      onEvent: (event) => this.#onDynoEvent(event),
      onLine: (dyno, line) => {
        this.#readLine(dyno, line);
        onLine(dyno, line);
      },
    });
    const webSettled = new Promise<void>((resolve) => (this.#onWebSettled = resolve));
    const names = [...procfile.keys()].filter(
      (name) => !isRunPerDeploy(name) && (managers.has(name) || name === WEB_PROC_NAME),
    );
    names.forEach((name) => this.#scaling.add(name, managers.get(name), 0, prices.get(name)));
    // HireFire polls an app that was deployed some time ago.
    if (this.#formation.quantity(WEB_PROC_NAME) > 0) {
      await Promise.race([webSettled, this.#ended]);
    }
  }

  async #checkups(): Promise<void> {
    let idleCheckups = 0;
    let wasBusy = false;
    const { every, times } = this.settings;
    const poller = new Poller(new URL(this.url), this.#token);
    for await (const poll of poller.every(every, this.#ending.signal, times.firstByte)) {
      if (this.#isEnding()) {
        return;
      }
      const numbers = this.#checkup(poll);
      this.settings.onCheckup(poll);
      const isAtMinimum = this.state.processes.every(({ name }) => this.#scaling.isAtMinimum(name));
      wasBusy ||= numbers.some((number) => number !== null && number > 0);
      idleCheckups = isAtMinimum && numbers.every((number) => number === 0) ? idleCheckups + 1 : 0;
      if (this.settings.untilIdle && wasBusy && idleCheckups >= IDLE_CHECKUPS) {
        this.end();
      }
    }
  }

  /** @returns the numbers that an idle run waits for; null for one that is unknown this time */
  #checkup(poll: Poll): (number | null)[] {
    const t = this.#t;
    const { state } = this;
    state.addPoll(poll);
    if (!poll.ok) {
      const because = this.#causeOfFailedPoll();
      const message = `a poll failed: ${poll.reason}`;
      state.addProblem({ kind: 'poll-failed', because, process: null, dyno: null, t, message });
    }
    const numbers: (number | null)[] = [];
    for (const { name, manager } of state.processes) {
      const isWeb = name === WEB_PROC_NAME;
      const number = isWeb ? this.#web.checkup(manager, this.#router.open) : poll.ok ? poll.values.get(name) : null;
      // A process that the app does not report has no number to wait for.
      if (manager && number !== undefined) {
        numbers.push(number);
      }
      this.#earlyStops.checkup(name, number ?? null, t);
      this.#scaling.checkup(name, number ?? null, t);
    }
    return numbers;
  }

  #causeOfFailedPoll(): 'no-web' | 'H10' | 'router-full' | undefined {
    if (!this.settings.procfile.has(WEB_PROC_NAME)) {
      return 'no-web';
    }
    const web = this.state.known(WEB_PROC_NAME);
    if (web.dynosThatAre('crashed') > 0 && web.dynosThatAre('up') === 0) {
      return 'H10';
    }
    return this.#router.isFull ? 'router-full' : undefined;
  }

  /** Workers first, so each can still report its last job to web. */
  async #endDynos(): Promise<void> {
    this.#load.stop();
    this.#info('the run ends: workers first, then web');
    this.#formation?.close();
    const workers = [...this.settings.procfile.keys()].filter((name) => name !== WEB_PROC_NAME);
    await this.#formation?.stopAll(workers);
    await this.#formation?.stopAll([WEB_PROC_NAME]);
    this.state.countUntil(this.#t);
  }

  #onDynoEvent(event: DynoEvent): void {
    const { process, kind } = event;
    const t = this.#t;
    if (this.#formation) {
      this.state.setDynos(process, this.#formation.dynos(process), t);
    }
    if (process === WEB_PROC_NAME) {
      this.#router.dynosChanged();
      if (kind === 'up' || kind === 'crashed' || kind === 'boot-timeout') {
        this.#onWebSettled();
      }
    }
    recordDynoEvent(event, t, this.#isEnding(), {
      ...{ state: this.state, earlyStops: this.#earlyStops, times: this.settings.times, logOf: this.settings.logOf },
    });
  }

  #onRequest(request: RoutedRequest): void {
    const { method, path, dyno = null, ms, code } = request;
    this.state.addRequest(request);
    this.#web.addRequest(ms);
    if (code !== undefined && !this.#isEnding()) {
      const message = `${method} ${path}: ${code}, ${ROUTER_CODES[code]}`;
      this.state.addProblem({ kind: 'request-lost', process: WEB_PROC_NAME, dyno, t: this.#t, message, code });
    }
  }

  #readLine(dyno: string, line: string): void {
    const queueTime = dyno.startsWith(`${WEB_PROC_NAME}.`) ? queueTimeOf(line) : undefined;
    if (queueTime !== undefined) {
      this.#web.addQueueTimes([queueTime]);
    }
  }

  #info(text: string, process?: string): void {
    this.state.addEvent({ t: this.#t, level: 'info', text, ...(process !== undefined && { process }) });
  }
}
