/** `simulate`: how does the app behave while dynos come and go? All on this machine. */
import { fileURLToPath } from 'node:url';
import { Command, Option } from 'commander';
import { WEB_PROC_NAME } from '../../../lib/hirefire.protocol.js';
import { messageOf, UsageError } from '../../io/errors.js';
import { configFile } from '../../hirefire/managers/config-file.js';
import { configPath, readConfig } from '../../hirefire/managers/config.js';
import {
  chosenManagers,
  defaultManagers,
  DEFAULT_MANAGER_TEXT,
  noManagerText,
  type Managers,
} from '../../hirefire/managers/managers-for.js';
import type { Manager } from '../../hirefire/managers/schema.js';
import { configOption, durationOption, managerOption, parsedBy, plainOption, procfileOption } from '../options.js';
import { appNameIn, readEnvFile, readRequiredProcfile } from '../../io/files.js';
import { servePage, type Page } from '../../page/serve-page.js';
import { isRunPerDeploy, type Procfile } from '../../io/procfile.js';
import { DynoLogs } from '../../heroku/dyno-logs.js';
import { HEROKU_TIMES } from '../../heroku/formation.js';
import { INTERRUPTED, onInterrupt } from '../../io/interruption.js';
import { onStarterGone } from '../../io/starter.js';
import type { Report } from '../../run/report.js';
import { checkReportFile, writeReport } from './report-file.js';
import { ROUTER_TIMES } from '../../heroku/router-passage.js';
import { DEFAULT_PORT, Simulation } from './simulation.js';
import { sourcesText } from './sources.js';
import { summaryOf } from './summary.js';
import { viewFor } from './view.js';

const DEFAULT_EVERY = 1;
const MAX_SPEED = 10_000;
/** For the dynos of a run whose starter has ended: all must end within 10 s. */
const ORPHAN_GRACE_MS = 5000;

interface SimulateOptions {
  readonly procfile?: string;
  readonly config?: string;
  readonly manager?: readonly (readonly [string, Manager])[];
  readonly env?: string;
  readonly every?: number;
  readonly speed: number;
  readonly port?: number;
  readonly for?: number;
  readonly untilIdle: boolean;
  readonly report?: string;
  readonly page: boolean;
  readonly logs: boolean;
  readonly plain: boolean;
}

export function simulateCommand(): Command {
  return new Command('simulate')
    .description('how does my app behave while dynos come and go? Heroku and HireFire on this machine')
    .addOption(procfileOption())
    .addOption(configOption())
    .addOption(managerOption())
    .addOption(new Option('--env <file>', 'variables for the dynos (default: .env, if there is one)'))
    .addOption(
      durationOption(
        '--every <duration>',
        "from one checkup to the next (default: the file's checkupFrequency, or 1s)",
      ),
    )
    .addOption(
      new Option('--speed <factor>', "shortens HireFire's and Heroku's own waiting, not the app's work")
        .default(1)
        .argParser(parsedBy(parseSpeed)),
    )
    .addOption(
      new Option(
        '--port <port>',
        'where the router listens, on 127.0.0.1 (default: 5000, or the next free port)',
      ).argParser(parsedBy(parsePort)),
    )
    .addOption(durationOption('--for <duration>', 'how long to run (default: until Ctrl-C)'))
    .addOption(new Option('--until-idle', 'end when there is nothing left to do').default(false))
    .addOption(new Option('--report <file>', 'write a report, as .json or .html'))
    .addOption(new Option('--page', 'show live charts in a browser').default(false))
    .addOption(new Option('--logs', 'show the output of the dynos').default(false))
    .addOption(plainOption().default(false))
    .action(async (options: SimulateOptions) => {
      process.exitCode = await simulate(options);
    });
}

async function simulate(options: SimulateOptions): Promise<number> {
  const procfile = await readRequiredProcfile(options.procfile);
  const config = await readConfig(options.config, options.procfile);
  const chosen = chosenManagers(config, options.manager ?? []);
  const managers = chosen ?? defaultManagers(procfile.keys());
  refuseNotRunning(managers, procfile);
  const variables = await readEnvFile(options.env);
  if (options.report !== undefined) {
    await checkReportFile(options.report);
  }

  const { stdout } = process;
  const speed = options.speed;
  const frequency = config?.checkupFrequency;
  const every = options.every ?? (frequency === undefined ? DEFAULT_EVERY : frequency / speed);
  const simulation = new Simulation({
    procfile,
    cwd: process.cwd(),
    env: { ...process.env, ...variables },
    managers,
    timeZone: config?.timeZone ?? 'UTC',
    prices: config?.dynoPrices ?? new Map(),
    every,
    speed,
    port: options.port,
    duration: options.for,
    untilIdle: options.untilIdle,
    guardFile: fileURLToPath(new URL('guard.js', import.meta.url)),
    times: { ...HEROKU_TIMES, ...ROUTER_TIMES },
    onLine: (dyno, line) => logs.add(dyno, line),
    logOf: (dyno) => logs.pathOf(dyno),
    onCheckup: (poll) => view.checkup({ poll }),
  });
  await simulation.open();
  simulation.state.app = { name: await appNameIn(process.cwd()), url: simulation.url };
  const isPlain = options.plain || options.logs;
  const view = viewFor(simulation.state, stdout, isPlain);
  const logs = await DynoLogs.open(options.logs ? (text) => stdout.write(text) : undefined, (reason) =>
    view.say(`The dynos' output can't be written to files: ${reason}`),
  );
  onInterrupt(
    () => simulation.end(),
    () => void simulation.kill(),
  );
  onStarterGone(() => {
    view.say('The process that started this run has ended: so does the run');
    simulation.end();
    setTimeout(() => void simulation.kill(), ORPHAN_GRACE_MS).unref();
  });
  let page: Page | undefined;
  try {
    if (options.port === undefined && simulation.port !== DEFAULT_PORT) {
      view.say(`Port ${DEFAULT_PORT} is taken, so the router listens on ${simulation.port}`);
    }
    view.say(
      `The app is at ${simulation.url}${logs.folder === undefined ? '' : `, the output of its dynos in ${logs.folder}`}`,
    );
    view.say(
      sourcesText({
        procfile: options.procfile ?? 'Procfile',
        config: config && [configPath(options.config, options.procfile), config],
        env: [options.env ?? '.env', variables],
        every,
      }),
    );
    if (chosen === undefined) {
      view.say(
        `No managers are set: each process but web, release and postdeploy gets ${DEFAULT_MANAGER_TEXT} (see hirefire.json, --manager)`,
      );
    }
    for (const name of [...procfile.keys()].filter((one) => isLeftOut(one, managers))) {
      view.say(noManagerText(name, 'started'));
    }
    if (options.page) {
      page = await servePage(simulation.state, {
        ...simulation.controls,
        configFile: configFile(options.config, options.procfile),
      });
      view.say(`The page is at ${page.url}`);
    }
    const report = await simulation.run();
    view.close();
    summaryOf(simulation.state).forEach((line) => view.say(line));
    const isWritten = options.report === undefined || (await writes(options.report, report, (text) => view.say(text)));
    return simulation.wasKilled ? INTERRUPTED : simulation.state.problemCounts.size > 0 || !isWritten ? 1 : 0;
  } finally {
    view.close();
    await Promise.all([simulation.close(), page?.close(), logs.close()]);
  }
}

/** A report that can no longer be written does not discard the run. */
async function writes(path: string, report: Report, say: (text: string) => void): Promise<boolean> {
  try {
    await writeReport(path, report);
    say(`The report is in ${path}`);
    return true;
  } catch (error) {
    say(`The report could not be written to ${path}: ${messageOf(error)}`);
    return false;
  }
}

function refuseNotRunning(managers: Managers, procfile: Procfile): void {
  for (const name of managers.keys()) {
    if (!procfile.has(name) || isRunPerDeploy(name)) {
      const names = [...procfile.keys()].filter((known) => !isRunPerDeploy(known)).join(', ');
      throw new UsageError(`no running process is called "${name}": the Procfile has ${names}`);
    }
  }
}

function isLeftOut(name: string, managers: Managers): boolean {
  return !managers.has(name) && name !== WEB_PROC_NAME && !isRunPerDeploy(name);
}

function parseSpeed(text: string): number {
  const speed = Number(text);
  if (!(speed > 0 && speed <= MAX_SPEED)) {
    throw new UsageError(`use a number above 0, at most ${MAX_SPEED}`);
  }
  return speed;
}

function parsePort(text: string): number {
  if (!/^\d{1,5}$/.test(text) || Number(text) > 65_535) {
    throw new UsageError('use a port from 1 to 65535, or 0 for any that is free');
  }
  return Number(text);
}
