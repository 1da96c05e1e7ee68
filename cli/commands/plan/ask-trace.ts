/** Asks an app for its trace. */
import { TOKEN_HEADER } from '../../../lib/hirefire.protocol.js';
import { ask, type HttpAnswer } from '../../hirefire/ask.js';
import { AskError } from '../../hirefire/ask-failures.js';
import { endpointsOf } from '../../hirefire/base-url.js';
import { reasonsOf } from '../../hirefire/poll.js';
import { recognise } from '../../hirefire/recognise.js';
import { UsageError } from '../../io/errors.js';
import { excerpt, parseJson } from '../../io/untrusted.js';
import { jsonIn } from './json-text.js';
import { readTrace, type Trace } from './trace.js';

/** About three million jobs. */
const MAX_TRACE_BYTES = 64_000_000;
const NO_TRACE = 'see which route answers there';

/** @throws UsageError if it gives none */
export async function askTrace(base: URL, token: string, maxBytes = MAX_TRACE_BYTES): Promise<Trace> {
  const url = endpointsOf(base, token).trace;
  const source = excerpt(url.href, token);
  const answer = await fetched(url, source, token, maxBytes);
  if (answer.status !== 200 || /^\s*</.test(answer.body)) {
    throw new UsageError(`${source}: ${whyNoTrace(answer, token)}`);
  }
  if (answer.body.trim() === '') {
    throw new UsageError(`${source}: an empty answer: ${NO_TRACE}`);
  }
  return readTrace(jsonIn(answer.body, source, NO_TRACE), source);
}

async function fetched(url: URL, source: string, token: string, maxBytes: number): Promise<HttpAnswer> {
  try {
    return await ask(url, { headers: { [TOKEN_HEADER]: token }, maxBytes });
  } catch (error) {
    throw error instanceof AskError ? new UsageError(`${source}: ${error.message}: ${error.cure}`) : error;
  }
}

function whyNoTrace(answer: HttpAnswer, token: string): string {
  const { status, body } = answer;
  if (status === 503 && parseJson(body) !== undefined) {
    return `503, the app can't read its queues: ${reasonsOf(body, token)}`;
  }
  const { what, cure } = recognise(answer, token);
  return status === 404
    ? `${what}: with BullMQ, set trace: true in HireFireModule.forRoot() and deploy it; with another library, plan a recording of ` +
        `"nestjs-hirefire watch <url> --record <file>". Or check the token and the URL`
    : `${what}: ${cure}`;
}
