/** Runs all checks, in few rounds of requests, and reports each finding. */
import { randomUUID } from 'node:crypto';
import { DEVELOPMENT_TOKEN, WEB_PROC_NAME } from '../../../lib/hirefire.protocol.js';
import { excerpt, parseJson } from '../../io/untrusted.js';
import { isRunPerDeploy, type Procfile } from '../../io/procfile.js';
import { developmentOf, hasNumbers, infoOf, plainHttpOf, reachableOf, wrongTokenOf, testOf } from './answers.js';
import type { AskedApp, Outcome, Way } from './asked-app.js';
import { agentOf, cachingOf } from './headers.js';
import { askAtOnce, askOneByOne } from './polls.js';
import { CHECKS, fail, ok, skip, warn, worst, type CheckId, type Finding } from './result.js';
import { shapeOf } from './shape.js';

export interface Questions {
  readonly app: AskedApp;
  readonly procfile: Procfile | undefined;
  /** Sent one after another. */
  readonly polls: number;
}

/** Called once per check, in the order of {@link CHECKS}. */
export type Report = (id: CheckId, finding: Finding) => void;

export async function runChecks({ app, procfile, polls }: Questions, report: Report): Promise<void> {
  const { token } = app;
  const [test, byHeader, byPath] = await Promise.all([app.test(), app.info('header'), app.info('path')]);
  const reachable = reachableOf([test, byHeader, byPath]);
  report('reachable', reachable);
  if (reachable.status === 'fail') {
    skipFrom('plain-http', 'the app does not answer', report);
    return;
  }
  report('plain-http', await askPlainHttp(app));
  const found = testOf(test, token);
  const elsewhere = found.status === 'ok' ? undefined : await agentAtRoot(app);
  report('test', elsewhere ?? found);
  if (elsewhere !== undefined) {
    skipFrom('info-header', 'there is no agent below this URL', report);
    return;
  }
  report('info-header', infoOf(byHeader, token, found.status === 'ok'));
  report('info-path', infoOf(byPath, token, found.status === 'ok'));
  const way = !hasNumbers(byHeader) && hasNumbers(byPath) ? 'path' : 'header';
  const isEitherWay = hasNumbers(byHeader) === hasNumbers(byPath);
  await askWithOtherTokens(app, isEitherWay ? ['header', 'path'] : [way], report);

  const info = way === 'header' ? byHeader : byPath;
  if (!hasNumbers(info)) {
    skipFrom('shape', 'there are no numbers', report, 'agent');
    report('agent', namedAgent([byHeader, byPath, test], token));
    return;
  }
  const shape = shapeOf(parseJson(info.body), token);
  report('shape', shape.finding);
  report(
    'procfile',
    procfile === undefined ? skip('no Procfile here: give --procfile') : compare(shape.names, procfile),
  );
  const times = await askOneByOne(app, way, polls);
  report('answer-time', times.finding);
  report(
    'parallel',
    times.maximum === undefined || times.finding.status === 'fail'
      ? skip('single polls fail or are too slow')
      : await askAtOnce(app, way, times.maximum),
  );
  report('caching', cachingOf(info.headers, await answersUnchanged(app, way, info.headers.etag), token));
  report('agent', agentOf(info.headers, token));
}

function skipFrom(first: CheckId, reason: string, report: Report, until?: CheckId): void {
  const end = until === undefined ? CHECKS.length : CHECKS.indexOf(until);
  for (const id of CHECKS.slice(CHECKS.indexOf(first), end)) {
    report(id, skip(reason));
  }
}

/** Sends no token, which anyone on the way could read. */
async function askPlainHttp(app: AskedApp): Promise<Finding> {
  if (app.base.protocol !== 'https:' || app.base.port !== '') {
    return skip('asked for an https URL on port 443 only');
  }
  const plain = new URL(app.base);
  plain.protocol = 'http:';
  return plainHttpOf(await app.test(plain), app.token);
}

/** For a URL with a path and no agent: a finding if the URL without that path has one. */
async function agentAtRoot(app: AskedApp): Promise<Finding | undefined> {
  const { base, token } = app;
  const root = new URL(base.origin);
  if (base.pathname === '/' || testOf(await app.test(root), token).status !== 'ok') {
    return undefined;
  }
  const path = excerpt(base.pathname, token);
  const cure = `leave ${path} out of the URL, or add the agent to the app there`;
  return fail(`there is no agent below ${path}, but ${root.origin} has one: ${cure}`);
}

async function askWithOtherTokens(app: AskedApp, ways: readonly Way[], report: Report): Promise<void> {
  const { token } = app;
  const ask = (other: string): Promise<Outcome[]> => Promise.all(ways.map((way) => app.info(way, other)));
  const [wrong, none, development] = await Promise.all([ask(randomUUID()), ask(''), ask(DEVELOPMENT_TOKEN)]);
  report('wrong-token', worst(wrong.map((outcome) => wrongTokenOf(outcome, 'a wrong token', token))));
  report('no-token', worst(none.map((outcome) => wrongTokenOf(outcome, 'no token', token))));
  report('development-token', developmentOf(development, token));
}

function compare(names: readonly string[], procfile: Procfile): Finding {
  const workers = [...procfile.keys()].filter((name) => name !== WEB_PROC_NAME && !isRunPerDeploy(name));
  const unmeasured = workers.filter((name) => !names.includes(name));
  const unknown = names.filter((name) => !procfile.has(name));
  const findings = [
    ...(unmeasured.length > 0
      ? [warn(`no proc measures ${unmeasured.join(', ')}: HireFire can't scale a process without a number`)]
      : []),
    ...(unknown.length > 0
      ? [warn(`no process of the Procfile is called ${unknown.join(', ')}: rename the proc or the process`)]
      : []),
  ];
  return findings.length > 0 ? worst(findings) : ok('each process has its number');
}

async function answersUnchanged(app: AskedApp, way: Way, etag: string | undefined): Promise<boolean> {
  if (etag === undefined) {
    return false;
  }
  const outcome = await app.info(way, app.token, { 'if-none-match': etag });
  return 'status' in outcome && outcome.status === 304;
}

/** For an app without numbers, which may still have an agent. */
function namedAgent(outcomes: readonly Outcome[], token: string): Finding {
  const findings = outcomes.flatMap((outcome) => ('headers' in outcome ? [agentOf(outcome.headers, token)] : []));
  return findings.find(({ seen }) => seen !== undefined) ?? skip('no agent answered');
}
