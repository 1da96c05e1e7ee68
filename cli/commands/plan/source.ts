/** The jobs to plan with: an app's trace, saved traces, or a recording. */
import { parseBaseUrl } from '../../hirefire/base-url.js';
import { tokenFor } from '../../hirefire/token.js';
import { UsageError } from '../../io/errors.js';
import { readIfThere } from '../../io/files.js';
import { parseJson, recordOf } from '../../io/untrusted.js';
import { askTrace } from './ask-trace.js';
import { jsonIn } from './json-text.js';
import { joined } from './join-traces.js';
import { recordingOf, type Recording } from './recording.js';
import { readTrace, type Trace } from './trace.js';

export type Source =
  { readonly kind: 'trace'; readonly trace: Trace } | { readonly kind: 'recording'; readonly recording: Recording };

/**
 * @param given - an app's URL, or files
 * @throws UsageError
 */
export async function readSource(given: readonly string[], token: string | undefined): Promise<Source> {
  const [first = '', ...others] = given;
  if (/^https?:/i.test(first)) {
    const base = parseBaseUrl(first);
    if (others.length > 0) {
      throw new UsageError(`<source>: give one URL, or files: the answers of several apps can't be joined`);
    }
    return { kind: 'trace', trace: await askTrace(base, await tokenFor(base, token)) };
  }
  return joinedSource([await readSaved(first), ...(await Promise.all(others.map(readSaved)))]);
}

function joinedSource(sources: readonly [Source, ...Source[]]): Source {
  const [first, ...others] = sources;
  if (first.kind === 'recording' && others.length === 0) {
    return first;
  }
  const traces = sources.map((source) => {
    if (source.kind === 'recording') {
      throw new UsageError(`${source.recording.source} is a recording: give it alone`);
    }
    return source.trace;
  });
  const [one, ...more] = traces;
  if (one === undefined) {
    throw new UsageError('<source>: give a URL or a file');
  }
  return { kind: 'trace', trace: joined([one, ...more]) };
}

/** @throws UsageError */
async function readSaved(path: string): Promise<Source> {
  const text = await readIfThere(path);
  if (text === undefined) {
    throw new UsageError(
      `there is no file ${path}: name a saved trace or recording, or a URL such as http://localhost:3000`,
    );
  }
  if (text.trim() === '') {
    throw new UsageError(`${path} is empty: save a trace or a recording there`);
  }
  return isRecording(text)
    ? { kind: 'recording', recording: recordingOf(text, path) }
    : { kind: 'trace', trace: readTrace(jsonIn(text, path, 'save the whole answer or recording again'), path) };
}

/** Each line of a recording is an object with the time of a checkup. */
function isRecording(text: string): boolean {
  const [line = ''] = text.trimStart().split('\n', 1);
  return 't' in recordOf(parseJson(line));
}
