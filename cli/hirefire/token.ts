/** Finds HireFire's token. */
import { readEnvFile } from '../io/files.js';
import { UsageError } from '../io/errors.js';

export class MissingTokenError extends UsageError {}

/**
 * From `--token`, else the environment, else `.env`.
 *
 * @throws UsageError without a token, or for one that a header can't carry
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
  return token;
}

function notEmpty(text: string | undefined): string | undefined {
  return text === '' ? undefined : text;
}
