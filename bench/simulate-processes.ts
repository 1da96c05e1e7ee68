/** The processes that bench/simulate.ts measures: `app <port>`, or `router <port> <port of the app>`. */
import { createServer } from 'node:http';
import { ROUTER_TIMES } from '../cli/heroku/router-passage.js';
import { Router } from '../cli/heroku/router.js';

const [role, port, appPort] = process.argv.slice(2);
if (role === 'app') {
  createServer((_request, response) => response.end('hello')).listen(Number(port), '127.0.0.1', () =>
    process.send?.('up'),
  );
} else {
  const dynos = [{ name: 'web.1', port: Number(appPort) }];
  const router = new Router({
    formation: { up: () => dynos, rest: () => 'none', hasCrashed: () => false },
    times: ROUTER_TIMES,
    onRequest: () => undefined,
    isPoll: () => false,
  });
  await router.listen(Number(port));
  process.send?.('up');
}
// Replies with the processor time that it has used, in milliseconds.
process.on('message', () => {
  const { user, system } = process.cpuUsage();
  process.send?.((user + system) / 1000);
});
