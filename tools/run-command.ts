/** Runs the command that a tool was given to wrap, with more in its environment. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';

// A command gets Ctrl-C too; this process outlives it, from here on, to clean up.
process.on('SIGINT', () => undefined);

/**
 * Its exit code becomes this process's. SIGTERM is passed on.
 *
 * @throws Error when there is no command
 */
export async function runCommand([command, ...args]: readonly string[], env: NodeJS.ProcessEnv): Promise<void> {
  if (command === undefined) {
    throw new Error('No command was given: add it, and its arguments.');
  }
  const child = spawn(command, args, { stdio: 'inherit', env: { ...process.env, ...env } });
  process.on('SIGTERM', () => child.kill('SIGTERM'));
  const [code] = (await once(child, 'exit')) as unknown[];
  process.exitCode = typeof code === 'number' ? code : 1;
}
