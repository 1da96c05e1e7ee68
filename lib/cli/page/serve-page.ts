import { once } from 'node:events';
import { createServer } from 'node:http';
import type { RunControls, RunState } from '../run-state.js';

export interface Page {
  readonly url: string;
  close(): Promise<void>;
}

export async function servePage(state: RunState, controls: RunControls): Promise<Page> {
  const server = createServer((_q, s) => s.end(JSON.stringify(state.processes) + typeof controls));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return { url: '', close: async () => void server.close() };
}
