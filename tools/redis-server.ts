/** A real redis-server for the tests and the demo: found or installed, started on a free port, ended. */
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { FreePorts } from '../cli/heroku/free-ports.js';
import { canRun, installWithApt } from './apt-get.js';
import { CertificateAuthority } from './certificates.js';
import { makeDataFolder } from './data-folder.js';

const HOW_TO_GET_REDIS = `No Redis was found. Set REDIS_URL to one that is running, or install redis-server:
  macOS           brew install redis
  Debian, Ubuntu  sudo apt-get install redis-server
  Docker          docker run --rm -p 6379:6379 redis   (then REDIS_URL=redis://127.0.0.1:6379)`;

/**
 * The command that starts a Redis server: from the PATH, else installed by apt where this user may.
 *
 * @throws Error that says how to get one
 */
function redisServerCommand(): string {
  isFound ||= canRun('redis-server', '--version');
  if (!isFound) {
    installWithApt('redis-server');
    isFound = canRun('redis-server', '--version');
  }
  if (!isFound) {
    throw new Error(HOW_TO_GET_REDIS);
  }
  return 'redis-server';
}

let isFound = false;

/** A redis-server process that can be killed, frozen and started again on the same port. */
export class RedisServer {
  #process: ChildProcess | undefined;

  private constructor(
    readonly port: number,
    private readonly directory: string,
    private readonly settings: readonly string[],
    private readonly isApart = false,
  ) {}

  /** @param settings - further arguments of redis-server, such as '--requirepass', 'secret' */
  static async start(...settings: string[]): Promise<RedisServer> {
    const server = await RedisServer.reserve(...settings);
    try {
      await server.start();
    } catch (error) {
      await server.stop();
      if (error instanceof Error && error.message.includes('Address already in use')) {
        // Another process took the port meanwhile.
        return RedisServer.start(...settings);
      }
      throw error;
    }
    return server;
  }

  /** A server that is not started yet, on a port that nothing listens on. */
  static async reserve(...settings: string[]): Promise<RedisServer> {
    const directory = await makeDataFolder('redis');
    return new RedisServer(await freePort(), directory, settings);
  }

  /** Like {@link reserve}; a Ctrl-C in the terminal will not reach the server, so it must be stopped whatever happens. */
  static async reserveApart(...settings: string[]): Promise<RedisServer> {
    const { port, directory } = await RedisServer.reserve(...settings);
    return new RedisServer(port, directory, settings, true);
  }

  /** Like {@link reserve}; on its port it speaks TLS only, with a self-signed certificate, as a Redis of Heroku does. */
  static async reserveTls(...settings: string[]): Promise<RedisServer> {
    const { port, directory } = await RedisServer.reserve();
    const { cert, key } = CertificateAuthority.create().certificate;
    const pem = join(directory, 'self-signed.pem');
    await writeFile(pem, cert + key);
    return new RedisServer(port, directory, [
      ...['--port', '0', '--tls-port', `${port}`, '--tls-auth-clients', 'no'],
      ...['--tls-cert-file', pem, '--tls-key-file', pem],
      ...settings,
    ]);
  }

  get url(): string {
    return `redis://127.0.0.1:${this.port}`;
  }

  get pid(): number | undefined {
    return this.#process?.pid;
  }

  async start(): Promise<void> {
    const server = spawn(
      redisServerCommand(),
      ['--port', `${this.port}`, '--bind', '127.0.0.1', '--dir', this.directory, '--save', '', ...this.settings],
      { stdio: ['ignore', 'pipe', 'inherit'], detached: this.isApart },
    );
    this.#process = server;
    let log = '';
    for await (const chunk of server.stdout) {
      log += String(chunk);
      if (log.includes('Ready to accept connections')) {
        server.stdout.resume();
        return;
      }
    }
    throw new Error(`redis-server did not start:\n${log}`);
  }

  /** SIGKILL: connections are cut. */
  async kill(): Promise<void> {
    await this.#end('SIGKILL');
  }

  /** SIGSTOP: connections stay, nothing is answered. */
  freeze(): void {
    this.#process?.kill('SIGSTOP');
  }

  thaw(): void {
    this.#process?.kill('SIGCONT');
  }

  /** Ends the server and removes its files. */
  async stop(): Promise<void> {
    await this.#end('SIGKILL');
    await rm(this.directory, { recursive: true, force: true });
  }

  async #end(signal: NodeJS.Signals): Promise<void> {
    const server = this.#process;
    if (server?.exitCode === null && server.signalCode === null) {
      const exit = once(server, 'exit');
      server.kill(signal);
      await exit;
    }
    this.#process = undefined;
  }
}

/**
 * A server that is down for a while must find its port again: Jest's workers have a thousand each, and the dynos and apps of the
 * tests have others.
 */
const firstPort = 10_000 + 1_000 * (Number(process.env.JEST_WORKER_ID ?? 0) % 5);
const ports = new FreePorts(firstPort, firstPort + 999);

/** A port of 127.0.0.1 that nothing listens on, and that this process gets once only. */
export const freePort = (): Promise<number> => ports.take();
