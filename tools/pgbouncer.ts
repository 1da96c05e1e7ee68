/** A real PgBouncer for the tests: found or installed, started on a free port in front of a server, ended. */
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { canRun, installWithApt } from './apt-get.js';
import { userInstead } from './postgres-server.js';
import { freePort } from './redis-server.js';

/** True if there is one, or could be installed. */
export function hasPgBouncer(): boolean {
  if (!canRun('pgbouncer', '--version')) {
    installWithApt('pgbouncer');
  }
  return canRun('pgbouncer', '--version');
}

export class PgBouncer {
  private constructor(
    private readonly port: number,
    private readonly directory: string,
    private readonly process: ChildProcess,
  ) {}

  /** In transaction mode, with one connection to the server. */
  static async start(serverPort: number): Promise<PgBouncer> {
    const port = await freePort();
    const directory = await mkdtemp(join(tmpdir(), 'nestjs-hirefire-pgbouncer-'));
    await chmod(directory, 0o755);
    const settings = [
      '[databases]',
      `* = host=127.0.0.1 port=${serverPort}`,
      '[pgbouncer]',
      'listen_addr = 127.0.0.1',
      `listen_port = ${port}`,
      'unix_socket_dir =',
      'auth_type = trust',
      `auth_file = ${join(directory, 'users.txt')}`,
      'pool_mode = transaction',
      'default_pool_size = 1',
      '',
    ];
    await writeFile(join(directory, 'users.txt'), '"postgres" ""\n');
    await writeFile(join(directory, 'pgbouncer.ini'), settings.join('\n'));
    const started = spawn('pgbouncer', [join(directory, 'pgbouncer.ini')], {
      stdio: ['ignore', 'ignore', 'pipe'],
      ...userInstead(),
    });
    let log = '';
    for await (const chunk of started.stderr) {
      log += String(chunk);
      if (log.includes('process up')) {
        return new PgBouncer(port, directory, started);
      }
    }
    throw new Error(`pgbouncer did not start:\n${log}`);
  }

  /** The URL of a database of the server, through PgBouncer. */
  urlOf(url: string): string {
    const behind = new URL(url);
    behind.port = `${this.port}`;
    return behind.href;
  }

  async stop(): Promise<void> {
    const exit = once(this.process, 'exit');
    this.process.kill('SIGKILL');
    await exit;
    await rm(this.directory, { recursive: true, force: true });
  }
}
