/** The sample app, run as Heroku would run it: by its Procfile, set up by its environment, spoken to over HTTP. */
import { randomBytes } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Formation, type FormationListener } from './formation.js';
import type { Processes, RunningProcess, StartOptions } from './processes.js';
import { parseProcfile } from './procfile.js';

const START_TIMEOUT_MS = 60_000;
const STATUS_TIMEOUT_MS = 5_000;

export interface JobCounts {
  readonly waiting: number;
  readonly active: number;
  readonly delayed: number;
}

export interface SampleSettings {
  readonly folder: string;
  readonly port: number;
  readonly redisUrl: string;
  readonly queuePrefix: string;
  /** Where its workers write to. */
  readonly out: string;
}

export class SampleApp {
  private constructor(
    readonly address: string,
    readonly infoPath: string,
    readonly formation: Formation,
    private readonly processes: Processes,
    private readonly startOptions: StartOptions,
  ) {}

  static async from(settings: SampleSettings, processes: Processes, listener: FormationListener): Promise<SampleApp> {
    const procfile = parseProcfile(await readFile(join(settings.folder, 'Procfile'), 'utf8'));
    const token = randomBytes(16).toString('hex');
    const env = {
      ...process.env,
      NODE_ENV: 'production',
      NO_COLOR: '1',
      PORT: `${settings.port}`,
      HIREFIRE_TOKEN: token,
      REDIS_URL: settings.redisUrl,
      QUEUE_PREFIX: settings.queuePrefix,
      OUT_DIR: settings.out,
    };
    const startOptions = { cwd: settings.folder, env };
    const formation = new Formation(procfile, processes, startOptions, listener);
    const address = `http://127.0.0.1:${settings.port}`;
    return new SampleApp(address, `/hirefire/${token}/info`, formation, processes, startOptions);
  }

  /** Starts the web process, and resolves once HireFire would find it. */
  async startWeb(signal: AbortSignal): Promise<void> {
    this.formation.scale('web', 1);
    const deadline = Date.now() + START_TIMEOUT_MS;
    while (Date.now() < deadline) {
      const response = await fetch(`${this.address}/hirefire/test`, { signal }).catch(() => undefined);
      if ((await response?.text()) === 'HireFire Middleware Found!') {
        return;
      }
      await sleep(50, undefined, { signal });
    }
    throw new Error(`The web process did not answer within ${START_TIMEOUT_MS / 1000} s.`);
  }

  /** Starts the one-off process that enqueues the files below a folder. */
  enqueue(folder: string): RunningProcess {
    return this.processes.start(process.execPath, ['dist/enqueue.js', folder], this.startOptions);
  }

  /** The job counts of each process type; nothing while the app does not answer. */
  async status(): Promise<ReadonlyMap<string, JobCounts>> {
    try {
      const response = await fetch(this.address, { signal: AbortSignal.timeout(STATUS_TIMEOUT_MS) });
      const answer: unknown = await response.json();
      const entries: [string, unknown][] = Object.entries(answer ?? {});
      return new Map(entries.map(([type, counts]) => [type, jobCountsOf(counts)]));
    } catch {
      return new Map();
    }
  }
}

function jobCountsOf(counts: unknown): JobCounts {
  const read = (name: string): number => {
    const value: unknown = Reflect.get(Object(counts), name);
    return typeof value === 'number' ? value : NaN;
  };
  return { waiting: read('waiting'), active: read('active'), delayed: read('delayed') };
}
