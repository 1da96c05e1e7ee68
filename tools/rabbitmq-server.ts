/** A real RabbitMQ for the tests and the demo: found or installed, started on free ports, ended. */
import { execFile, spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { accessSync, constants } from 'node:fs';
import { rm, writeFile } from 'node:fs/promises';
import { delimiter, dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { installWithApt } from './apt-get.js';
import { makeDataFolder } from './data-folder.js';
import { freePort } from './redis-server.js';

const run = promisify(execFile);

/** Debian's own, behind its wrapper in the PATH that lets only root and the user rabbitmq start a server. */
const BEHIND_THE_WRAPPER = '/usr/lib/rabbitmq/bin';

/** Erlang's schedulers wait without using the processor, which on a busy machine they take from each other. */
const NO_BUSY_WAIT = '+sbwt none +sbwtdcpu none +sbwtdio none';

const HOW_TO_GET_RABBITMQ = `No RabbitMQ was found. Install rabbitmq-server:
  macOS           brew install rabbitmq
  Debian, Ubuntu  sudo apt-get install rabbitmq-server`;

/**
 * The command that starts a RabbitMQ server: found, else installed by apt where this user may.
 *
 * @throws Error that says how to get one
 */
function rabbitmqServerCommand(): string {
  const command = found() ?? (installWithApt('rabbitmq-server'), found());
  if (command === undefined) {
    throw new Error(HOW_TO_GET_RABBITMQ);
  }
  return command;
}

function found(): string | undefined {
  return [BEHIND_THE_WRAPPER, ...(process.env.PATH ?? '').split(delimiter)]
    .map((directory) => join(directory, 'rabbitmq-server'))
    .find(isExecutable);
}

function isExecutable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

interface Ports {
  /** AMQP 0-9-1. */
  readonly amqp: number;
  /** HTTP: the management plugin's. */
  readonly management: number;
  /** Of its node, and of the daemon that Erlang's nodes are registered with. */
  readonly distribution: number;
  readonly epmd: number;
}

/** A RabbitMQ server, with the management plugin, that can be killed, frozen and started again on the same ports. */
export class RabbitMQServer {
  #server: ChildProcess | undefined;
  #epmd: ChildProcess | undefined;

  private constructor(
    private readonly ports: Ports,
    private readonly directory: string,
    private readonly isApart = false,
  ) {}

  /** @param settings - further lines of rabbitmq.conf, such as 'heartbeat = 2' */
  static async start(...settings: string[]): Promise<RabbitMQServer> {
    const server = await RabbitMQServer.reserve(...settings);
    await server.start();
    return server;
  }

  /** A server that is not started yet, on ports that nothing listens on. */
  static async reserve(...settings: string[]): Promise<RabbitMQServer> {
    const ports = {
      amqp: await freePort(),
      management: await freePort(),
      distribution: await freePort(),
      epmd: await freePort(),
    };
    const directory = await makeDataFolder('rabbitmq');
    await writeFile(join(directory, 'enabled_plugins'), '[rabbitmq_management].\n');
    await writeFile(
      join(directory, 'rabbitmq.conf'),
      [
        `listeners.tcp.1 = 127.0.0.1:${ports.amqp}`,
        'management.tcp.ip = 127.0.0.1',
        `management.tcp.port = ${ports.management}`,
        ...settings,
        '',
      ].join('\n'),
    );
    return new RabbitMQServer(ports, directory);
  }

  /** Like {@link reserve}; a Ctrl-C in the terminal will not reach the server, so it must be stopped whatever happens. */
  static async reserveApart(...settings: string[]): Promise<RabbitMQServer> {
    const { ports, directory } = await RabbitMQServer.reserve(...settings);
    return new RabbitMQServer(ports, directory, true);
  }

  /** As the user `guest`, whom RabbitMQ lets in from this machine. */
  get url(): string {
    return `amqp://guest:guest@127.0.0.1:${this.ports.amqp}`;
  }

  get port(): number {
    return this.ports.amqp;
  }

  /** Of the management plugin, as the user `guest`. */
  get managementUrl(): string {
    return `http://guest:guest@127.0.0.1:${this.ports.management}`;
  }

  /** Runs rabbitmqctl against it, such as ('set_vm_memory_high_watermark', '0.4'). */
  async run(...command: string[]): Promise<void> {
    const directory = dirname(rabbitmqServerCommand());
    await run(join(directory, 'rabbitmqctl'), command, { env: this.#environment });
  }

  get #environment(): NodeJS.ProcessEnv {
    const { directory, ports } = this;
    return {
      ...process.env,
      // RabbitMQ keeps its cookie here.
      HOME: directory,
      ERL_EPMD_PORT: `${ports.epmd}`,
      ERL_EPMD_ADDRESS: '127.0.0.1',
      RABBITMQ_NODENAME: `hirefire-${ports.amqp}@localhost`,
      RABBITMQ_DIST_PORT: `${ports.distribution}`,
      RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS: `-kernel inet_dist_use_interface {127,0,0,1} ${NO_BUSY_WAIT}`,
      RABBITMQ_CTL_ERL_ARGS: NO_BUSY_WAIT,
      RABBITMQ_CONFIG_FILE: join(directory, 'rabbitmq.conf'),
      RABBITMQ_CONF_ENV_FILE: join(directory, 'none'),
      RABBITMQ_ENABLED_PLUGINS_FILE: join(directory, 'enabled_plugins'),
      RABBITMQ_MNESIA_BASE: join(directory, 'mnesia'),
      RABBITMQ_LOGS: '-',
      // Makes the script become the server, instead of its parent: signals reach it.
      RUNNING_UNDER_SYSTEMD: 'true',
    };
  }

  async start(): Promise<void> {
    const { directory, ports } = this;
    const command = rabbitmqServerCommand();
    const env = this.#environment;
    // One that the server started would outlive it.
    const epmd = spawn('epmd', ['-port', `${ports.epmd}`], { stdio: 'ignore', env, detached: this.isApart });
    epmd.on('error', () => undefined);
    this.#epmd = epmd;
    const server = spawn(command, {
      stdio: ['ignore', 'pipe', 'inherit'],
      env,
      cwd: directory,
      detached: this.isApart,
    });
    this.#server = server;
    let log = '';
    for await (const chunk of server.stdout) {
      log += String(chunk);
      if (log.includes('Server startup complete')) {
        server.stdout.resume();
        return;
      }
    }
    throw new Error(`rabbitmq-server did not start:\n${log}`);
  }

  /** SIGKILL: connections are cut; what is durable is there when it is started again. */
  async kill(): Promise<void> {
    await Promise.all([end(this.#server), end(this.#epmd)]);
    this.#server = this.#epmd = undefined;
  }

  /** SIGSTOP: connections stay, nothing is answered. */
  async freeze(): Promise<void> {
    this.#server?.kill('SIGSTOP');
    // One of its threads must run to stop them all: on a busy machine, the others still answer meanwhile.
    for (let state = ''; !state.startsWith('T');) {
      ({ stdout: state } = await run('ps', ['-o', 'state=', '-p', `${this.#server?.pid}`]));
    }
  }

  thaw(): void {
    this.#server?.kill('SIGCONT');
  }

  /** Ends the server and removes its files. */
  async stop(): Promise<void> {
    await this.kill();
    await rm(this.directory, { recursive: true, force: true });
  }
}

async function end(child: ChildProcess | undefined): Promise<void> {
  if (child?.pid !== undefined && child.exitCode === null && child.signalCode === null) {
    const exit = once(child, 'exit');
    child.kill('SIGKILL');
    await exit;
  }
}
