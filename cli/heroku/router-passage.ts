/** A request on its way through the router. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import type { RouterCode } from './router-codes.js';

/** A request that has ended. */
export interface RoutedRequest {
  readonly method: string;
  /** Without its query, which may be secret. */
  readonly path: string;
  readonly dyno: string | undefined;
  /** From its arrival to the end of its answer; for a WebSocket, to its begin. */
  readonly ms: number;
  /** Undefined: the app answered. */
  readonly code: RouterCode | undefined;
}

export interface RouterTimes {
  /** For the first byte of an answer, after a dyno got the request. */
  readonly firstByte: number;
  /** In the queue, while every dyno is busy or boots. */
  readonly queue: number;
  /** Without a byte in either direction, once the answer has begun or while the request is sent. */
  readonly silence: number;
}

export const ROUTER_TIMES: RouterTimes = { firstByte: 30_000, queue: 75_000, silence: 55_000 };

/** The connection of a WebSocket, with the first bytes that its user sent. */
export interface Upgrade {
  readonly socket: Socket;
  readonly head: Buffer;
}

/** A request that has not ended. */
export interface Passage {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly upgrade: Upgrade | undefined;
  /** Those that a dyno gets. */
  readonly headers: ReadonlyMap<string, string[]>;
  readonly startedAt: number;
  /** Ports that refused the connection; a restarted dyno has a new port. */
  readonly refused: Set<number>;
  timer: NodeJS.Timeout | undefined;
  isOver: boolean;
}
