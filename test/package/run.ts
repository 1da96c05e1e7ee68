import { execFile } from 'node:child_process';

/** How a command ended. */
export interface Finished {
  readonly ok: boolean;
  readonly stdout: string;
  readonly stderr: string;
}

export interface RunOptions {
  readonly cwd: string;
  readonly env?: Readonly<Record<string, string>>;
  /**
   * Milliseconds after which the command is killed.
   *
   * @default 60_000
   */
  readonly timeout?: number;
}

/** Runs a command to its end, in an environment without this test's own settings. */
export function run(command: string, args: readonly string[], options: RunOptions): Promise<Finished> {
  const env: NodeJS.ProcessEnv = { ...process.env, NODE_ENV: 'development', ...options.env };
  delete env.HIREFIRE_TOKEN;
  return new Promise((resolve) => {
    execFile(
      command,
      args,
      { cwd: options.cwd, env, timeout: options.timeout ?? 60_000, killSignal: 'SIGKILL', maxBuffer: 2 ** 26 },
      (error, stdout, stderr) => resolve({ ok: error === null, stdout, stderr }),
    );
  });
}

/** Runs Node and gives what it printed. */
export async function node(args: readonly string[], options: RunOptions): Promise<string> {
  const { ok, stdout, stderr } = await run(process.execPath, args, options);
  if (!ok) {
    throw new Error(`node ${args.join(' ')} failed:\n${stdout}\n${stderr}`);
  }
  return stdout;
}
