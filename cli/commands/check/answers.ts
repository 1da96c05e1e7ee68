/** Judges the answer of each of HireFire's endpoints. */
import { DEVELOPMENT_TOKEN, TEST_ANSWER } from '../../../lib/hirefire.protocol.js';
import type { HttpAnswer } from '../../hirefire/ask.js';
import { AskError } from '../../hirefire/ask-failures.js';
import { excerpt, parseJson, recordOf } from '../../io/untrusted.js';
import { reasonsOf } from '../../hirefire/poll.js';
import type { Outcome } from './asked-app.js';
import { recognise } from '../../hirefire/recognise.js';
import { fail, ok, warn, type Finding } from './result.js';

/** True if any of the first requests got an answer. */
export function reachableOf(outcomes: readonly [Outcome, ...Outcome[]]): Finding {
  const answered = outcomes.find((outcome) => !(outcome instanceof AskError) || outcome.hasAnswered);
  const [first] = outcomes;
  return answered === undefined && first instanceof AskError ? unanswered(first) : ok('the app answers');
}

/** HireFire uses plain http unless the app's "ssl" is on. */
export function plainHttpOf(outcome: Outcome, token: string): Finding {
  const cure = 'turn on "ssl" in HireFire, or answer /hirefire before the redirect to https';
  if (outcome instanceof AskError) {
    return warn(`by plain http: ${outcome.message}: ${cure}`);
  }
  const { status, headers } = outcome;
  return status >= 300 && status < 400
    ? warn(`by plain http the app redirects: ${cure}`, `${status} ${excerpt(headers.location ?? '', token)}`)
    : ok('the app answers by plain http too', `${status}`);
}

export function testOf(outcome: Outcome, token: string): Finding {
  if (outcome instanceof AskError) {
    return unanswered(outcome);
  }
  if (outcome.status === 200 && outcome.body.trim() === TEST_ANSWER) {
    return ok(`"${TEST_ANSWER}"`);
  }
  const { what, cure, seen } = recognise(outcome, token);
  return fail(`${what}: ${cure}`, seen);
}

/** @param hasAgent - whether the test endpoint answered as an agent's does */
export function infoOf(outcome: Outcome, token: string, hasAgent: boolean): Finding {
  if (outcome instanceof AskError) {
    return unanswered(outcome);
  }
  const { status, body } = outcome;
  if (hasNumbers(outcome)) {
    return ok(`JSON in ${Math.round(outcome.ms)} ms`);
  }
  if (status === 503 && parseJson(body) !== undefined) {
    return fail(`503, the app can't measure: ${reasonsOf(body, token)}`, `503 ${excerpt(body, token)}`);
  }
  const { what, cure, seen } = recognise(outcome, token);
  if (status === 200) {
    return /^\s*[[{]/.test(body)
      ? fail('not JSON, or cut off: see the agent, and any proxy in front of the app', seen)
      : fail(`not JSON, but ${what}: ${cure}`, seen);
  }
  return status === 404 && hasAgent
    ? fail(
        "404, although the app has an agent: compare the token with the app's HIREFIRE_TOKEN, or update the agent",
        seen,
      )
    : fail(`${what}: ${cure}`, seen);
}

/** True if it is a JSON answer of `info`, which further checks examine. */
export function hasNumbers(outcome: Outcome): outcome is HttpAnswer {
  return !(outcome instanceof AskError) && outcome.status === 200 && parseJson(outcome.body) !== undefined;
}

/** @param given - names what was sent instead of the app's token */
export function wrongTokenOf(outcome: Outcome, given: string, token: string): Finding {
  if (outcome instanceof AskError) {
    return unanswered(outcome);
  }
  const { status } = outcome;
  const seen = `${status} ${excerpt(outcome.body, token)}`;
  if (givesNumbers(outcome)) {
    return fail(`${given} gets the numbers: update the agent, or keep caches away from /hirefire`, seen);
  }
  if (status === 404) {
    return ok(`${given} gets a 404`);
  }
  return status === 401 || status === 403
    ? warn(`${given} gets a ${status}, not a 404: anyone can see that the app has an agent`, seen)
    : warn(`${given} gets a ${status}, not a 404: ${recognise(outcome, token).what}`, seen);
}

export function developmentOf(outcomes: readonly Outcome[], token: string): Finding {
  if (token === DEVELOPMENT_TOKEN) {
    return warn('the token is "development", which anyone knows: set HIREFIRE_TOKEN in the deployed app');
  }
  return outcomes.some(givesNumbers)
    ? warn('the token "development" gets the numbers: set HIREFIRE_TOKEN in the deployed app')
    : ok('the token "development" gets no numbers');
}

function unanswered({ message, cure }: AskError): Finding {
  return fail(`${message}: ${cure}`);
}

/** True if an answer lists processes, whatever its status. */
function givesNumbers(outcome: Outcome): boolean {
  const answer = outcome instanceof AskError ? undefined : parseJson(outcome.body);
  return Array.isArray(answer) && answer.map(recordOf).some((process) => 'name' in process);
}
