#!/usr/bin/env node
/** The command line `nestjs-hirefire`: registers the commands, each of which is one file. */
import { Command, CommanderError } from 'commander';
import { PACKAGE_VERSION } from '../lib/hirefire.protocol.js';
import { checkCommand } from './commands/check/check-command.js';
import { initCommand } from './commands/init/init-command.js';
import { planCommand } from './commands/plan/plan-command.js';
import { readOn } from './commands/read-on.js';
import { simulateCommand } from './commands/simulate/simulate-command.js';
import { messageOf, UsageError } from './io/errors.js';
import { printable } from './io/untrusted.js';
import { watchCommand } from './commands/watch/watch-command.js';

const USAGE_ERROR = 2;
const HELP_WIDTH = 100;

const program = new Command('nestjs-hirefire')
  .description('Questions about an app that HireFire scales.')
  .version(PACKAGE_VERSION)
  .addCommand(checkCommand())
  .addCommand(watchCommand())
  .addCommand(simulateCommand())
  .addCommand(planCommand())
  .addCommand(initCommand());

for (const command of [program, ...program.commands]) {
  command
    .exitOverride()
    .configureOutput({ outputError: () => undefined })
    .configureHelp({ helpWidth: Math.min(process.stdout.columns || HELP_WIDTH, HELP_WIDTH) })
    .addHelpText('after', readOn(command === program ? 'README' : command.name()));
}

// `| head` closes the pipe, which is not an error.
process.stdout.on('error', (error: NodeJS.ErrnoException) => process.exit(error.code === 'EPIPE' ? 0 : 1));
// The answer on stdout may still be read.
process.stderr.on('error', () => undefined);

try {
  await program.parseAsync();
} catch (error) {
  process.exitCode = report(error);
}

function report(error: unknown): number {
  if (error instanceof CommanderError && error.exitCode === 0) {
    return 0;
  }
  if (error instanceof CommanderError && error.code === 'commander.help') {
    return USAGE_ERROR;
  }
  const lines = error instanceof UsageError ? error.message.split('\n') : [safeMessageOf(error)];
  const help = error instanceof CommanderError ? ' (see nestjs-hirefire --help)' : '';
  process.stderr.write(lines.map((line) => `nestjs-hirefire: ${printable(line)}${help}\n`).join(''));
  return USAGE_ERROR;
}

/** Hides the value of an unknown option: it may be the token, as in `--tokn=...` or `-t...`. */
function safeMessageOf(error: unknown): string {
  return messageOf(error)
    .replace(/^error: /, '')
    .replace(/^(unknown option '(?:--[^=']*(?==)|-[^-])).*$/s, "$1'");
}
