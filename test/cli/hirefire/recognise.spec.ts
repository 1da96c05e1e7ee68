/** Recognises who answers in place of an agent. */
import { describe, expect, it } from '@jest/globals';
import { recognise } from '../../../cli/hirefire/recognise.js';
import { TOKEN } from '../support/servers.js';

const recognised = (status: number, body: string, location?: string) =>
  recognise({ status, body, ms: 1, headers: location === undefined ? {} : { location } }, TOKEN);

describe('an answer that is no agent’s', () => {
  it.each([
    [
      "Heroku's page for a name that no app has",
      404,
      '<iframe src="//www.herokucdn.com/error-pages/no-such-app.html">',
    ],
    [
      "Heroku's error page: the app does not run or does not answer",
      503,
      '<iframe src="//www.herokucdn.com/error-pages/application-error.html">',
    ],
    ["Fastify's 404", 404, '{"message":"Route GET:/hirefire/test not found","error":"Not Found","statusCode":404}'],
    ["Nest's 404", 404, '{"message":"Cannot GET /hirefire/test","error":"Not Found","statusCode":404}'],
    ["Express's 404 page", 404, '<!DOCTYPE html><body><pre>Cannot GET /hirefire/test</pre></body>'],
    ["Rails' 404 page", 404, "<!DOCTYPE html><h1>The page you were looking for doesn't exist.</h1>"],
    [
      "Django's 404 page",
      404,
      '<!doctype html><h1>Not Found</h1><p>The requested resource was not found on this server.</p>',
    ],
    [
      "Flask's 404 page",
      404,
      '<!doctype html><p>The requested URL was not found on the server. If you entered the URL manually',
    ],
    ["Spring's error page", 404, '<html><body><h1>Whitelabel Error Page</h1>'],
    [
      "nginx's error page: it does not reach the app",
      502,
      '<html><head><title>502 Bad Gateway</title></head><hr><center>nginx/1.22.1</center>',
    ],
    ["nginx's own page", 404, '<html><head><title>404 Not Found</title></head><hr><center>nginx</center>'],
    [
      "a single-page app's index.html: a catch-all route answers before the agent",
      200,
      '<!doctype html><div id=root></div>',
    ],
    ["a single-page app's index.html: a catch-all route answers before the agent", 200, '<html><app-root></app-root>'],
    ['a login page', 200, '<!doctype html><form action="/users/sign_in"><input type="password">'],
    ['an HTML page, such as from a catch-all route', 200, '\n<!DOCTYPE html><title>Shop</title>'],
    ['401: something asks for a login or refuses', 401, 'Unauthorized'],
    ['304, an answer without numbers', 304, ''],
    ['a 404', 404, ''],
    ['an answer of 500', 500, 'Internal Server Error'],
  ])('is %s (%d)', (what, status, body) => {
    expect(recognised(status, body).what).toBe(what);
  });

  it.each([
    ['a redirect to a login', 'https://accounts.example.com/login?next=%2Fhirefire'],
    ['a redirect to a login', '/users/sign_in'],
    ['a redirect to https', 'https://app.example.com/hirefire/test'],
    ['a redirect', '/en/hirefire/test'],
    ['a redirect to https', 'https://authors.example.com/'],
  ])('is %s to %s', (what, location) => {
    expect(recognised(302, '', location)).toMatchObject({ what, seen: `302 ${location}` });
  });

  it('is shown without the token', () => {
    expect(recognised(301, '', `https://app/hirefire/${TOKEN}/info`).seen).toBe('301 https://app/hirefire/***/info');
  });
});
