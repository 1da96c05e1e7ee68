import { beforeAll, describe, it } from '@jest/globals';
import { Logger } from '@nestjs/common';
import { interpreterWith, packagesFor, type InterpreterPackage } from '../../tools/interpreters.js';

/**
 * Describes tests that need a package of another language. Without the package, it skips them with a message on stderr, and
 * fails on CI.
 */
export function describeWith(debianPackage: InterpreterPackage, tests: (interpreter: string) => void): void {
  const interpreter = interpreterWith(debianPackage);
  if (interpreter !== undefined) {
    describe(`with ${debianPackage}`, () => {
      // Queues that are empty and new are warned of.
      beforeAll(() => {
        Logger.overrideLogger(false);
      });
      tests(interpreter);
    });
    return;
  }
  const message = `${debianPackage} is not installed, so nothing was tried with it: sudo apt-get install ${packagesFor(debianPackage).join(' ')}`;
  process.stderr.write(`${message}\n`);
  const report = process.env.CI === 'true' ? it : it.skip;
  report(`with ${debianPackage}`, () => {
    throw new Error(message);
  });
}
