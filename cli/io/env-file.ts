/** Reads the text of a `.env` as dotenv does, and refuses lines that dotenv would skip silently. */
import { parse } from 'dotenv';
import { UsageError } from './errors.js';

/**
 * One variable, with a value of several lines if it is quoted: the grammar of dotenv, which does not export it. It begins on
 * its line, because dotenv's search for it over blank lines takes a time that grows with their square.
 */
const VARIABLE =
  /^[^\S\n]*(?:export\s+)?[\w.-]+(?:\s*=\s*?|:\s+?)(?:\s*'(?:\\'|[^'])*'|\s*"(?:\\"|[^"])*"|\s*`(?:\\`|[^`])*`|[^#\r\n]+)?\s*(?:#.*)?$/gm;

/**
 * @param file - its name in errors
 * @throws UsageError that names the line, without its text, which may be a secret
 */
export function parseEnvFile(text: string, file = '.env'): Readonly<Record<string, string>> {
  const lines = text.replace(/\r\n?/g, '\n');
  const rest = lines.replace(VARIABLE, (variable) => variable.replace(/[^\n]/g, ''));
  const wrong = rest.split('\n').findIndex((line) => /^\s*[^\s#]/.test(line));
  if (wrong >= 0) {
    throw new UsageError(`${file}, line ${wrong + 1}: no variable: write <name>=<value>, or a # in front of a comment`);
  }
  return parse(lines.match(VARIABLE)?.join('\n') ?? '');
}
