/** A real PostgreSQL server for the tests and the demo: found or installed, started on a free port, ended. */
import { spawn, spawnSync, type ChildProcess, type SpawnOptions } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readdirSync } from 'node:fs';
import { appendFile, chown, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { canRun, installWithApt } from './apt-get.js';
import { CertificateAuthority } from './certificates.js';
import { makeDataFolder } from './data-folder.js';
import { freePort } from './redis-server.js';

const HOW_TO_GET_POSTGRES = `No PostgreSQL was found. Set DATABASE_URL to one that is running, or install it:
  macOS           brew install postgresql@17
  Debian, Ubuntu  sudo apt-get install postgresql
  Docker          docker run --rm -p 5432:5432 -e POSTGRES_HOST_AUTH_METHOD=trust postgres
                  (then DATABASE_URL=postgres://postgres@127.0.0.1:5432/postgres)`;

/** Debian puts the programs of each major here, off the PATH. */
const DEBIAN_FOLDER = '/usr/lib/postgresql';

/** Data need not outlive a crash of the machine, and the tests read the log in English. */
const SETTINGS = {
  listen_addresses: '127.0.0.1',
  unix_socket_directories: '',
  fsync: 'off',
  full_page_writes: 'off',
  autovacuum: 'off',
  lc_messages: 'C',
};

/**
 * The path of a program of PostgreSQL: from the PATH, else from Debian's folders, else installed by apt where this user may.
 *
 * @throws Error that says how to get one
 */
function postgresProgram(name: 'postgres' | 'initdb' | 'pg_basebackup'): string {
  const found = findProgram(name);
  if (found !== undefined) {
    return found;
  }
  installWithApt('postgresql');
  const installed = findProgram(name);
  if (installed === undefined) {
    throw new Error(HOW_TO_GET_POSTGRES);
  }
  return installed;
}

const programs = new Map<string, string | undefined>();

function findProgram(name: string): string | undefined {
  const program = programs.get(name) ?? lookForProgram(name);
  programs.set(name, program);
  return program;
}

function lookForProgram(name: string): string | undefined {
  if (canRun(name, '--version')) {
    return name;
  }
  const majors = existsSync(DEBIAN_FOLDER) ? readdirSync(DEBIAN_FOLDER).map(Number) : [];
  return majors
    .sort((a, b) => b - a)
    .map((major) => join(DEBIAN_FOLDER, `${major}`, 'bin', name))
    .find(existsSync);
}

/** PostgreSQL and PgBouncer refuse to run as root: the user to be instead. */
export function userInstead(): Pick<SpawnOptions, 'uid' | 'gid'> {
  if (process.getuid?.() !== 0) {
    return {};
  }
  const user = canRun('id', 'postgres') ? 'postgres' : 'nobody';
  const [uid, gid] = ['-u', '-g'].map((which) => Number(spawnSync('id', [which, user]).stdout.toString()));
  return { uid, gid };
}

/** A postgres process that can be killed, frozen and started again on the same port, with the data it had. */
export class PostgresServer {
  #process: ChildProcess | undefined;

  private constructor(
    readonly port: number,
    private readonly directory: string,
    private readonly user: Pick<SpawnOptions, 'uid' | 'gid'>,
    private readonly settings: Readonly<Record<string, string>>,
    private readonly isApart: boolean,
  ) {}

  /** @param settings - of postgresql.conf, such as { max_connections: '10' } */
  static async start(settings: Readonly<Record<string, string>> = {}): Promise<PostgresServer> {
    const server = await PostgresServer.reserve(settings);
    await server.start();
    return server;
  }

  /**
   * A server that is not started yet, on a port that nothing listens on.
   *
   * @param isApart - a Ctrl-C in the terminal will not reach the server, so it must be stopped whatever happens
   */
  static async reserve(settings: Readonly<Record<string, string>> = {}, isApart = false): Promise<PostgresServer> {
    const server = await PostgresServer.#empty(settings, isApart);
    server.#run('initdb', '--no-sync', '--auth=trust', '--username=postgres', '--encoding=UTF8', '--locale=C');
    return server;
  }

  static async #empty(settings: Readonly<Record<string, string>>, isApart: boolean): Promise<PostgresServer> {
    const user = userInstead();
    // Another user may not get through to root's folder for temporary files.
    const directory = await makeDataFolder('postgres', user.uid === undefined ? tmpdir() : '/tmp');
    if (user.uid !== undefined && user.gid !== undefined) {
      await chown(directory, user.uid, user.gid);
    }
    return new PostgresServer(await freePort(), directory, user, settings, isApart);
  }

  /** A read replica of this server, which is running. It is started. */
  async replica(): Promise<PostgresServer> {
    const replica = await PostgresServer.#empty(this.settings, this.isApart);
    replica.#run('pg_basebackup', '--dbname', this.url, '--write-recovery-conf', '--checkpoint=fast', '--no-sync');
    await replica.start();
    return replica;
  }

  /** @param database - by default postgres, which every server has */
  urlOf(database: string, user = 'postgres'): string {
    return `postgres://${user}@127.0.0.1:${this.port}/${database}`;
  }

  get url(): string {
    return this.urlOf('postgres');
  }

  async start(): Promise<void> {
    const settings = { ...SETTINGS, port: `${this.port}`, ...this.settings };
    const server = spawn(
      postgresProgram('postgres'),
      ['-D', this.#data, ...Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`])],
      { stdio: ['ignore', 'ignore', 'pipe'], cwd: this.directory, detached: this.isApart, ...this.user },
    );
    this.#process = server;
    let log = '';
    for await (const chunk of server.stderr) {
      log += String(chunk);
      if (/database system is ready to accept (?:read-only )?connections/.test(log)) {
        server.stderr.resume();
        return;
      }
    }
    throw new Error(`postgres did not start:\n${log}`);
  }

  /** As in a crash: connections are cut, nothing is finished. */
  async kill(): Promise<void> {
    const server = this.#process;
    if (server?.exitCode === null && server.signalCode === null) {
      const exit = once(server, 'exit');
      this.thaw();
      server.kill('SIGQUIT');
      await exit;
    }
    this.#process = undefined;
  }

  /** Connections stay, nothing is answered. */
  freeze(): void {
    this.#signalAll('SIGSTOP');
  }

  thaw(): void {
    this.#signalAll('SIGCONT');
  }

  /** Makes the server, which is started later, offer TLS with a self-signed certificate, as Heroku's does. */
  async offerTls(): Promise<void> {
    const { cert, key } = CertificateAuthority.create().certificate;
    for (const [name, text] of Object.entries({ 'server.crt': cert, 'server.key': key })) {
      const file = join(this.#data, name);
      await writeFile(file, text, { mode: 0o600 });
      await chown(file, this.user.uid ?? -1, this.user.gid ?? -1);
    }
    await appendFile(join(this.#data, 'postgresql.conf'), 'ssl = on\n');
  }

  /** Writes a rule of pg_hba.conf in front of those that admit every user; takes effect when the server is started. */
  async addAccessRule(rule: string): Promise<void> {
    const file = join(this.#data, 'pg_hba.conf');
    await writeFile(file, `${rule}\n${await readFile(file, 'utf8')}`);
  }

  /** Ends the server and removes its files. */
  async stop(): Promise<void> {
    await this.kill();
    await rm(this.directory, { recursive: true, force: true });
  }

  get #data(): string {
    return join(this.directory, 'data');
  }

  #run(program: 'initdb' | 'pg_basebackup', ...args: string[]): void {
    const { status, stderr } = spawnSync(postgresProgram(program), ['--pgdata', this.#data, ...args], {
      cwd: this.directory,
      ...this.user,
    });
    if (status !== 0) {
      throw new Error(`${program} failed:\n${stderr.toString()}`);
    }
  }

  /** PostgreSQL runs a process per connection. */
  #signalAll(signal: NodeJS.Signals): void {
    const pid = this.#process?.pid;
    if (pid !== undefined) {
      // The one that makes the others first.
      process.kill(pid, signal);
      const children = spawnSync('pgrep', ['-P', `${pid}`])
        .stdout.toString()
        .split('\n')
        .filter(Boolean);
      // One that has just ended is no matter.
      spawnSync('kill', ['-s', signal.replace('SIG', ''), ...children]);
    }
  }
}
