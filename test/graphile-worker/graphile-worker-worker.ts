/** A worker of graphile-worker in its own process: `<version> <url> <task>`. */
import { heldJob, stopOnSigterm } from '../postgres/held-jobs.js';
import { run, VERSIONS } from './graphile.js';

const [version, url = '', task = ''] = process.argv.slice(-3);
const runner = await run(VERSIONS.find((known) => known === version) ?? '0.18', url, { [task]: heldJob });
stopOnSigterm(() => runner.stop());
