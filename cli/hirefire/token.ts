/** Finds HireFire's token. */
import { DEVELOPMENT_TOKEN, QUOTED_TOKEN } from '../../lib/hirefire.protocol.js';
import { readEnvFile } from '../io/files.js';
import { UsageError } from '../io/errors.js';
import { Poller } from './poll.js';

/** For a better message only. */
const SUGGESTION_MS = 5000;

class MissingTokenError extends UsageError {}

/**
 * The token for an app.
 *
 * @throws UsageError as `findToken` does; it suggests the one of an app that has none configured
 */
export async function tokenFor(base: URL, option: string | undefined): Promise<string> {
  try {
    return await findToken(option);
  } catch (error) {
    if (error instanceof MissingTokenError && (await hasNoToken(base))) {
      throw new UsageError(`${error.message}; this app has none either, so try --token ${DEVELOPMENT_TOKEN}`);
    }
    throw error;
  }
}

async function hasNoToken(base: URL): Promise<boolean> {
  const poll = await new Poller(base, DEVELOPMENT_TOKEN).poll({ timeoutMs: SUGGESTION_MS });
  return poll.ok;
}

/**
 * From `--token`, else the environment, else `.env`.
 *
 * @throws UsageError without a token, or for one that no app of HireFire's has
 */
export async function findToken(
  option: string | undefined,
  environment: NodeJS.ProcessEnv = process.env,
  readEnv: () => Promise<Readonly<Record<string, string>>> = readEnvFile,
): Promise<string> {
  const token = notEmpty(option) ?? notEmpty(environment.HIREFIRE_TOKEN) ?? notEmpty((await readEnv()).HIREFIRE_TOKEN);
  if (token === undefined) {
    throw new MissingTokenError('no token: give --token, or set HIREFIRE_TOKEN in the environment or in .env');
  }
  if (!/^[\x21-\x7e]+$/.test(token)) {
    throw new UsageError('the token has characters that no header can carry: see --token and HIREFIRE_TOKEN');
  }
  if (QUOTED_TOKEN.test(token)) {
    throw new UsageError('the token is in quotes: remove them from --token or HIREFIRE_TOKEN');
  }
  return token;
}

function notEmpty(text: string | undefined): string | undefined {
  return text === '' ? undefined : text;
}
