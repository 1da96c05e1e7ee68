/** Python and Ruby with a package of theirs, for the tests and the demo: found, else installed by apt where this user may. */
import { canRun, installWithApt } from './apt-get.js';

/** How to run and check each package, by its name in Debian. */
const PACKAGES = {
  'python3-rq': { needs: [], commands: ['python3', '/usr/bin/python3'], program: 'import rq' },
  // Debian's package of Celery does not install the client for this broker.
  'python3-celery': {
    needs: ['python3-redis'],
    commands: ['python3', '/usr/bin/python3'],
    program: 'import celery, redis',
  },
  'python3-simpy': {
    needs: [],
    commands: ['python3', '/usr/bin/python3'],
    program: 'import SimPy.Simulation',
  },
  'ruby-sidekiq': { needs: [], commands: ['ruby', '/usr/bin/ruby'], program: `require 'sidekiq'` },
} as const;

export type InterpreterPackage = keyof typeof PACKAGES;

/** The interpreter that has the package; `undefined` where there is none, and none can be installed. */
export function interpreterWith(debianPackage: InterpreterPackage): string | undefined {
  const { commands, program } = PACKAGES[debianPackage];
  const find = (): string | undefined =>
    commands.find((command) => canRun(command, debianPackage.startsWith('ruby') ? '-e' : '-c', program));
  return find() ?? (installWithApt(...packagesFor(debianPackage)), find());
}

/** The interpreter and its packages. */
export function packagesFor(debianPackage: InterpreterPackage): readonly string[] {
  return [debianPackage, ...PACKAGES[debianPackage].needs];
}
