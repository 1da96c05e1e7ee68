/** Serves the page of a run, with its events, and takes its changes. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { parseJson, recordOf } from '../io/untrusted.js';
import type { RunControls, RunState } from '../run/run-state.js';
import { UsageError } from '../io/errors.js';
import { Changes } from './changes.js';
import { LoadHolders } from './load-holders.js';
import { EVENTS_PATH } from './messages.js';
import { readPage } from './page-file.js';
import { nothingHere, send, serveText, type Page } from './page-server.js';
import { Stream } from './stream.js';

export type { Page };

const MAX_BODY_BYTES = 64 * 1024;

/**
 * Serves the page of a run on a free port of loopback.
 *
 * @param file - the built page
 */
export async function servePage(state: RunState, controls: RunControls, file?: URL): Promise<Page> {
  const streams = new Set<Stream>();
  const holders = new LoadHolders(controls.load);
  const changes = new Changes(state, controls, holders);
  const server = await serveText(await readPage(null, file), async (request, response) => {
    const { method = '', url = '/' } = request;
    if (method === 'GET' && url === EVENTS_PATH) {
      const stream = new Stream(response, state, controls);
      streams.add(stream);
      holders.opened(stream.page);
      response.on('close', () => {
        streams.delete(stream);
        holders.closed(stream.page);
        stream.close();
      });
    } else if (method === 'POST' && changes.takes(url)) {
      await change(url, request, response);
    } else {
      nothingHere(request, response);
    }
  });

  async function change(url: string, request: IncomingMessage, response: ServerResponse): Promise<void> {
    try {
      const { status, text } = await changes.take(url, recordOf(await jsonBody(request)));
      send(response, status, text);
    } catch (error) {
      if (!(error instanceof UsageError)) {
        throw error;
      }
      send(response, 400, error.message.replaceAll('\n', '; '));
    }
  }

  return {
    url: server.url,
    close: async () => {
      streams.forEach((stream) => stream.end());
      await server.close();
    },
  };
}

/** @throws UsageError */
async function jsonBody(request: IncomingMessage): Promise<unknown> {
  let text = '';
  for await (const chunk of request) {
    text += String(chunk);
    if (text.length > MAX_BODY_BYTES) {
      throw new UsageError('That is too long.');
    }
  }
  const json = parseJson(text);
  if (json === undefined) {
    throw new UsageError('That is not JSON.');
  }
  return json;
}
