/** A real nginx for the tests: found or installed, started, ended. */
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { canRun, installWithApt } from './apt-get.js';

/** Debian's is not in the PATH of every user. */
const COMMANDS = ['nginx', '/usr/sbin/nginx'];

const HOW_TO_GET_NGINX = `No nginx was found. Install it:
  macOS           brew install nginx
  Debian, Ubuntu  sudo apt-get install nginx`;

/** @throws Error that says how to get one */
function nginxCommand(): string {
  const find = (): string | undefined => COMMANDS.find((command) => canRun(command, '-v'));
  const command = find() ?? (installWithApt('nginx'), find());
  if (command === undefined) {
    throw new Error(HOW_TO_GET_NGINX);
  }
  return command;
}

export class Nginx {
  private constructor(
    private readonly process: ChildProcess,
    private readonly folder: string,
  ) {}

  /**
   * @param port - the port of a `server`; resolves once it listens
   * @param http - what stands in the block `http { ... }`
   */
  static async start(port: number, http: string): Promise<Nginx> {
    const folder = await mkdtemp(join(tmpdir(), 'nestjs-hirefire-nginx-'));
    const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'];
    await writeFile(
      join(folder, 'nginx.conf'),
      [
        'daemon off; master_process off; pid nginx.pid; error_log stderr crit;',
        'events { worker_connections 256; }',
        `http { access_log off; ${temporary.map((name) => `${name}_temp_path ${name};`).join(' ')}`,
        http,
        '}',
      ].join('\n'),
    );
    const child = spawn(nginxCommand(), ['-p', folder, '-c', 'nginx.conf', '-e', 'stderr'], {
      stdio: ['ignore', 'ignore', 'inherit'],
    });
    const nginx = new Nginx(child, folder);
    while (!(await isListening(port))) {
      if (child.exitCode !== null) {
        throw new Error('nginx did not start: see above');
      }
      await delay(20);
    }
    return nginx;
  }

  async stop(): Promise<void> {
    if (this.process.exitCode === null && this.process.signalCode === null) {
      const exit = once(this.process, 'exit');
      this.process.kill('SIGTERM');
      await exit;
    }
    await rm(this.folder, { recursive: true, force: true });
  }
}

async function isListening(port: number): Promise<boolean> {
  const socket = connect(port, '127.0.0.1');
  try {
    await once(socket, 'connect');
    return true;
  } catch {
    return false;
  } finally {
    socket.destroy();
  }
}
