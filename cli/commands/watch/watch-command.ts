/** `watch <url>`: what would HireFire do with the app there? */
import { Command } from 'commander';
import { parseBaseUrl } from '../../hirefire/base-url.js';
import { readProcfile } from '../../io/files.js';
import { WEB_PROC_NAME } from '../../../lib/hirefire.protocol.js';
import { configFile } from '../../hirefire/managers/config-file.js';
import { readConfig } from '../../hirefire/managers/config.js';
import { chosenManagers, defaultManagers, DEFAULT_MANAGER_TEXT } from '../../hirefire/managers/managers-for.js';
import type { Manager } from '../../hirefire/managers/schema.js';
import { configOption, durationOption, managerOption, plainOption, tokenOption } from '../options.js';
import { servePage, type Page } from '../../page/serve-page.js';
import { RunState } from '../../run/run-state.js';
import { INTERRUPTED, onInterrupt } from '../../io/interruption.js';
import { onStarterGone } from '../../io/starter.js';
import { excerpt } from '../../io/untrusted.js';
import { tokenFor } from '../../hirefire/token.js';
import { Recording } from './recording.js';
import { summaryOf, viewOn } from './view.js';
import { Watch } from './watch.js';

const DEFAULT_EVERY_SECONDS = 15;

/** Processes without a manager that get a note. */
const MAX_NOTED = 20;

interface Options {
  readonly token?: string;
  readonly config?: string;
  readonly manager?: readonly (readonly [name: string, manager: Manager])[];
  readonly every?: number;
  readonly for?: number;
  readonly record?: string;
  readonly page?: true;
  readonly plain?: true;
}

export function watchCommand(): Command {
  return new Command('watch')
    .description('what would HireFire do with my app? Nothing is started or stopped')
    .argument('<url>', 'the URL of the app')
    .addOption(tokenOption())
    .addOption(configOption())
    .addOption(managerOption())
    .addOption(
      durationOption(
        '--every <duration>',
        "from one checkup to the next (default: the file's checkupFrequency, or 15s)",
      ),
    )
    .addOption(durationOption('--for <duration>', 'how long to watch (default: until Ctrl-C)'))
    .option('--record <file>', 'appends a JSON line per checkup')
    .option('--page', 'shows it in a browser too, with charts')
    .addOption(plainOption())
    .action(watch);
}

async function watch(url: string, options: Options): Promise<void> {
  const base = parseBaseUrl(url);
  const token = await tokenFor(base, options.token);
  const config = await readConfig(options.config);
  const chosen = chosenManagers(config, options.manager ?? []);
  const procfile = chosen === undefined ? await readProcfile(undefined) : undefined;
  const every = options.every ?? config?.checkupFrequency ?? DEFAULT_EVERY_SECONDS;
  const shown = excerpt(base.href, token);
  const state = new RunState(`watch ${shown}`, new Date(), every, 1, { name: base.host, url: shown });
  const watch = new Watch(
    {
      ...{ base, token, duration: options.for },
      managers: chosen ?? (procfile === undefined ? undefined : defaultManagers(procfile.keys())),
      timeZone: config?.timeZone ?? 'UTC',
      dynoPrices: config?.dynoPrices ?? new Map(),
    },
    state,
  );
  const recording = options.record === undefined ? undefined : await Recording.to(options.record, state.startedAt);
  const view = viewOn(process.stdout, options.plain === true, state);
  const ending = new AbortController();
  onInterrupt(
    () => ending.abort(),
    () => {
      view.close();
      process.exit(INTERRUPTED);
    },
  );
  onStarterGone(() => ending.abort());
  let page: Page | undefined;
  try {
    view.say(`Watching ${shown}: nothing is started or stopped.`);
    if (chosen === undefined) {
      const whose = procfile === undefined ? 'that the app reports' : 'of the Procfile but web, release and postdeploy';
      view.say(
        `No managers are set: every process ${whose} gets ${DEFAULT_MANAGER_TEXT} (see hirefire.json, --manager).`,
      );
    }
    if (chosen?.has(WEB_PROC_NAME) === true) {
      view.say('The number of web is measured by HireFire, so it is unknown here: see nestjs-hirefire simulate.');
    }
    if (options.page === true) {
      page = await servePage(state, { ...watch.controls, configFile: configFile(options.config) });
      view.say(`The page is at ${page.url}`);
    }
    const noted = new Set<string>();
    await watch.run(async (checkup) => {
      for (const name of checkup.unmanaged.filter((one) => !noted.has(one)).slice(0, MAX_NOTED - noted.size)) {
        noted.add(name);
        view.say(`The app reports "${name}" too, which no manager scales.`);
      }
      view.checkup(checkup);
      await recording?.add(checkup);
    }, ending.signal);
  } finally {
    view.close();
    await Promise.all([page?.close(), recording?.close()]);
  }
  process.stdout.write(`${summaryOf(state).join('\n')}\n`);
  const { count } = state.pollTimes;
  process.exitCode = count > 0 && state.failedPolls === count ? 1 : 0;
}
