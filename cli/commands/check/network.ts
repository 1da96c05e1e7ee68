/** What to do about an answer that did not come. */
import type { AskError, AskFailure } from '../../hirefire/ask.js';
import { fail, type Finding } from './result.js';

const HEROKU = "Heroku's router ends every request after 30 s with a 503 (H12)";

const CURES: Readonly<Record<AskFailure, string>> = {
  dns: 'check the host name of the URL',
  refused: 'start the app, or check the port of the URL',
  unreachable: 'check the address and the network',
  closed: "see the app's log, and whether the port speaks http or https",
  timeout: `see what the app waits for: ${HEROKU}`,
  'tls-self-signed': 'give the app a certificate of a public authority, such as that of Heroku ACM',
  'tls-expired': 'renew it, for example with heroku certs:auto:refresh',
  'tls-not-yet-valid': 'check the clock of this machine, and the certificate',
  'tls-name': 'use a name that it is for, or add the name to it',
  'tls-untrusted': 'let the server send the whole chain of its certificate',
  'tls-protocol': 'check the port, or use http:',
  'not-http': 'check the port: something else listens there',
  'cut-off': "see the app's log, and what stands before the app",
  'too-large': 'see which route answers there',
  encoding: 'see what stands before the app',
  aborted: 'try again',
  other: 'check the URL',
};

export function unanswered(error: AskError): Finding {
  return fail(`${error.message}: ${CURES[error.kind]}`);
}
