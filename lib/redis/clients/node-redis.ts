import { hasMembers } from '../../hirefire.unknown.js';
import { EMITTER, identityOf, isClose, watchEvents, type ClientEmitter, type RedisClient } from '../redis-client.js';

interface KeysAndArguments {
  readonly keys: string[];
  readonly arguments: string[];
}

/** node-redis 4 or later. */
interface NodeRedis extends ClientEmitter {
  /** From `connect()` until the app, or the reconnect strategy, ends it. */
  readonly isOpen: boolean;
  readonly isReady: boolean;
  readonly options?:
    | { readonly socket?: Readonly<Partial<Record<'host' | 'port' | 'path', unknown>>>; readonly database?: number }
    | undefined;
  eval(script: string, options: KeysAndArguments): Promise<unknown>;
  evalSha(sha: string, options: KeysAndArguments): Promise<unknown>;
}

const TYPES = { ...EMITTER, isOpen: 'boolean', isReady: 'boolean', eval: 'function', evalSha: 'function' } as const;

export function nodeRedis(client: unknown): RedisClient | undefined {
  if (!hasMembers<NodeRedis>(client, TYPES)) {
    return undefined;
  }
  // The defaults of node-redis.
  const { host = 'localhost', port = 6379, path = `${String(host)}:${String(port)}` } = client.options?.socket ?? {};
  return {
    get status(): string {
      return client.isReady ? 'ready' : client.isOpen ? 'connecting' : 'closed';
    },
    serverKey: identityOf(client),
    serverName: `${String(path)}/${client.options?.database ?? 0}`,
    run(script, keys, args): Promise<unknown> {
      const options = { keys: [...keys], arguments: args.map(String) };
      return script.byHash(
        (sha) => client.evalSha(sha, options),
        (lua) => client.eval(lua, options),
      );
    },
    watch: (connection) =>
      watchEvents(client, connection, (error) => {
        if (!isClose(error)) {
          connection.failed(error);
        }
        // It reports a lost connection by an error only; once it gives up, it is closed.
        if (!client.isReady) {
          connection.lost(!client.isOpen);
        }
      }),
  };
}
