/** A web process with HireFireModule: a real one, that gets signals and ends. */
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { rm, writeFile } from 'node:fs/promises';
import { Agent, request } from 'node:http';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { makeDataFolder } from '../../tools/data-folder.js';
import { trustedAuthority } from './dispatch-server.js';
import { builtScript } from './script.js';

export interface Ending {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

export class WebProcess {
  readonly ended: Promise<Ending>;
  readonly #agent = new Agent({ keepAlive: true, maxSockets: 20 });

  private constructor(
    private readonly child: ChildProcess,
    private readonly url: string,
    /** The lines of its stdout and stderr. */
    readonly lines: readonly string[],
    folder: string,
  ) {
    this.ended = once(child, 'close').then(async () => {
      this.#agent.destroy();
      await rm(folder, { recursive: true });
      return { code: child.exitCode, signal: child.signalCode };
    });
  }

  /** @param env - where it dispatches to, and with which token */
  static async start(env: NodeJS.ProcessEnv, nodeOptions: readonly string[] = []): Promise<WebProcess> {
    const folder = await makeDataFolder('ca');
    const authority = join(folder, 'cert.pem');
    await writeFile(authority, trustedAuthority().cert);
    const child = spawn(process.execPath, [...nodeOptions, builtScript('test/support/web-app.ts')], {
      env: { ...process.env, NODE_EXTRA_CA_CERTS: authority, NO_COLOR: '1', ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const lines: string[] = [];
    const url = await new Promise<string>((resolve, reject) => {
      for (const input of [child.stdout, child.stderr]) {
        createInterface({ input }).on('line', (line) => {
          lines.push(line);
          const found = /^listens at (\S+)$/.exec(line)?.[1];
          if (found !== undefined) {
            resolve(found);
          }
        });
      }
      child.on('exit', () => reject(new Error(`it did not start:\n${lines.join('\n')}`)));
    });
    return new WebProcess(child, url, lines, folder);
  }

  get pid(): number {
    return this.child.pid ?? 0;
  }

  /** Asks for a path, as a request that has waited so many milliseconds; the body of the answer. */
  get(path: string, queueTime?: number): Promise<string> {
    const headers = queueTime === undefined ? {} : { 'X-Request-Start': `${Date.now() - queueTime}` };
    return new Promise((resolve, reject) => {
      request(this.url + path, { agent: this.#agent, headers }, (response) => {
        let body = '';
        response.setEncoding('utf8');
        response.on('data', (text: string) => (body += text));
        response.on('end', () => resolve(body));
        response.on('error', reject);
      })
        .on('error', reject)
        .end();
    });
  }

  kill(signal: NodeJS.Signals): void {
    this.child.kill(signal);
  }
}
