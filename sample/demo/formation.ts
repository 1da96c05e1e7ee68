/** The dynos of an app, as Heroku runs them: numbered, restarted when they crash, the highest numbers stopped first. */
import type { Procfile } from './procfile.js';
import type { Processes, RunningProcess, StartOptions } from './processes.js';

/** What Heroku waits between SIGTERM and SIGKILL. */
const GRACE_MS = 30_000;

/** Crashes of one process type after which restarting it is hopeless. */
const MOST_CRASHES = 5;

interface Dyno {
  readonly type: string;
  readonly number: number;
  readonly process: RunningProcess;
  isStopping: boolean;
}

export interface FormationListener {
  /** Something happened to a dyno, in words. */
  event(text: string): void;
  /** A process type can't be kept running. */
  failed(error: Error): void;
}

export class Formation {
  readonly #dynos = new Set<Dyno>();
  readonly #wanted = new Map<string, number>();
  readonly #crashes = new Map<string, number>();
  readonly #most = new Map<string, number>();
  readonly #msOfEnded = new Map<string, number>();
  #isClosed = false;

  constructor(
    private readonly procfile: Procfile,
    private readonly processes: Processes,
    private readonly options: StartOptions,
    private readonly listener: FormationListener,
  ) {}

  /** Starts or stops dynos until there are that many. Stopping ones go on for as long as their jobs take. */
  scale(type: string, quantity: number): void {
    if (this.#isClosed) {
      return;
    }
    this.#wanted.set(type, quantity);
    const dynos = this.#up(type);
    for (let missing = quantity - dynos.length; missing > 0; missing--) {
      this.#start(type);
    }
    for (const dyno of dynos.slice(quantity).reverse()) {
      void this.#stop(dyno);
    }
    this.#most.set(type, Math.max(this.most(type), quantity));
  }

  /** From here on no dyno is started, and one that ends has not crashed. */
  close(): void {
    this.#isClosed = true;
    this.#dynos.forEach((dyno) => (dyno.isStopping = true));
  }

  up(type: string): number {
    return this.#up(type).length;
  }

  stopping(type: string): number {
    return this.#of(type).filter((dyno) => dyno.isStopping).length;
  }

  /** The most dynos there ever were. */
  most(type: string): number {
    return this.#most.get(type) ?? 0;
  }

  /** Seconds of all dynos of a type together: what one pays for. */
  dynoSeconds(type: string): number {
    const msOfRunning = this.#of(type).map((dyno) => Date.now() - dyno.process.startedAt);
    return msOfRunning.reduce((sum, ms) => sum + ms, this.#msOfEnded.get(type) ?? 0) / 1000;
  }

  #of(type: string): Dyno[] {
    return [...this.#dynos].filter((dyno) => dyno.type === type);
  }

  #up(type: string): Dyno[] {
    return this.#of(type)
      .filter((dyno) => !dyno.isStopping)
      .sort((a, b) => a.number - b.number);
  }

  #start(type: string): void {
    const command = this.procfile.get(type);
    if (command === undefined) {
      throw new Error(`The Procfile has no process "${type}".`);
    }
    const taken = new Set(this.#up(type).map((dyno) => dyno.number));
    let number = 1;
    while (taken.has(number)) {
      number++;
    }
    const env = { ...this.options.env, DYNO: `${type}.${number}` };
    // With exec, the signals of a dyno reach the command and not a shell around it.
    const running = this.processes.start('sh', ['-c', `exec ${command}`], { ...this.options, env });
    const dyno: Dyno = { type, number, process: running, isStopping: false };
    this.#dynos.add(dyno);
    void running.ended.then((how) => this.#ended(dyno, how));
  }

  async #stop(dyno: Dyno): Promise<void> {
    dyno.isStopping = true;
    await dyno.process.stop(GRACE_MS);
  }

  #ended(dyno: Dyno, how: string): void {
    const { type, number, process } = dyno;
    this.#dynos.delete(dyno);
    this.#msOfEnded.set(type, (this.#msOfEnded.get(type) ?? 0) + Date.now() - process.startedAt);
    if (dyno.isStopping) {
      return;
    }
    const crashes = (this.#crashes.get(type) ?? 0) + 1;
    this.#crashes.set(type, crashes);
    if (crashes > MOST_CRASHES) {
      const output = process.output.map((line) => `  ${line}`).join('\n');
      this.listener.failed(new Error(`${type}.${number} crashed (${how}), as ${MOST_CRASHES} before it:\n${output}`));
      return;
    }
    this.listener.event(`${type}.${number} crashed (${how}) and is started again`);
    this.scale(type, this.#wanted.get(type) ?? 0);
  }
}
