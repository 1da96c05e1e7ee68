/** Recognises answers that do not come from a HireFire agent. */
import type { HttpAnswer } from './ask.js';
import { excerpt } from '../io/untrusted.js';

interface Sign {
  /** Matches the beginning of the body. */
  readonly body: RegExp;
  readonly what: string;
  readonly cure: string;
}

const NO_AGENT = 'add the agent to the app, and deploy it';

const SIGNS: readonly Sign[] = [
  { body: /no-such-app\.html/, what: "Heroku's page for a name that no app has", cure: 'check the URL' },
  {
    body: /herokucdn\.com\/error-pages/,
    what: "Heroku's error page: the app does not run or does not answer",
    cure: 'see heroku logs',
  },
  { body: /"Route (?:GET|HEAD):[^"]* not found"/, what: "Fastify's 404", cure: NO_AGENT },
  {
    body: /^\s*\{[^}]*"message"\s*:\s*"Cannot GET [^"]*"[^}]*"statusCode"\s*:\s*404/,
    what: "Nest's 404",
    cure: "import HireFireModule.forRoot() in the app's root module, and deploy it",
  },
  { body: /<pre>Cannot GET /, what: "Express's 404 page", cure: NO_AGENT },
  { body: /The page you were looking for doesn(?:'|&#39;|’)t exist/, what: "Rails' 404 page", cure: NO_AGENT },
  {
    body: /The requested resource was not found on this server|Page not found at/,
    what: "Django's 404 page",
    cure: NO_AGENT,
  },
  { body: /The requested URL was not found on the server\. If you entered/, what: "Flask's 404 page", cure: NO_AGENT },
  { body: /Whitelabel Error Page/, what: "Spring's error page", cure: NO_AGENT },
  {
    body: /<title>50[234] [^]*<center>nginx/,
    what: "nginx's error page: it does not reach the app",
    cure: 'start the app, or check proxy_pass',
  },
  { body: /<center>nginx/, what: "nginx's own page", cure: 'let nginx pass /hirefire on to the app' },
  {
    body: /<div id="?(?:root|app|__next|__nuxt|svelte)"?|<app-root|<router-outlet/i,
    what: "a single-page app's index.html: a catch-all route answers before the agent",
    cure: 'let the agent answer first, or leave /hirefire out of the catch-all',
  },
  {
    body: /<form[^>]*(?:log[-_]?in|sign[-_]?in|session)|<input[^>]*type="?password/i,
    what: 'a login page',
    cure: 'let /hirefire pass without a login',
  },
  {
    body: /^\s*(?:<!doctype html|<html)/i,
    what: 'an HTML page, such as from a catch-all route',
    cure: 'let the agent answer first, or leave /hirefire out of the catch-all',
  },
];

export interface Recognised {
  /** The kind of answer, such as `a login page`. */
  readonly what: string;
  readonly cure: string;
  /** The beginning of the answer. */
  readonly seen: string;
}

export function recognise(answer: HttpAnswer, token: string): Recognised {
  const { status, headers, body } = answer;
  const seen = `${status} ${excerpt(headers.location ?? body, token)}`.trim();
  if (status >= 300 && status < 400 && headers.location !== undefined) {
    return { ...redirect(headers.location), seen };
  }
  if (status === 304) {
    return { what: '304, an answer without numbers', cure: 'keep caches and ETags away from /hirefire', seen };
  }
  const beginning = body.slice(0, 20_000);
  const sign = SIGNS.find((one) => one.body.test(beginning));
  if (sign !== undefined) {
    return { what: sign.what, cure: sign.cure, seen };
  }
  if (status === 401 || status === 403) {
    return {
      what: `${status}: something asks for a login or refuses`,
      cure: 'let /hirefire pass without a login',
      seen,
    };
  }
  return {
    what: status === 404 ? 'a 404' : `an answer of ${status}`,
    cure: CURES[status] ?? "see the app's log",
    seen,
  };
}

const CURES: Readonly<Record<number, string>> = {
  200: 'see which route answers there',
  404: `${NO_AGENT}, or check the URL`,
  429: 'leave /hirefire out of the rate limit',
};

function redirect(location: string): Omit<Recognised, 'seen'> {
  if (/\b(?:log[-_]?in|sign[-_]?in|o?auth2?|sessions?|sso)\b/i.test(location)) {
    return { what: 'a redirect to a login', cure: 'let /hirefire pass without a login' };
  }
  return location.startsWith('https:')
    ? { what: 'a redirect to https', cure: 'give the https URL, and turn on "ssl" in HireFire' }
    : { what: 'a redirect', cure: 'answer /hirefire without a redirect' };
}
