/** `npm run test:unit`: the specs that reach no server, no program of ours that must be built, and no other language. */
const { existsSync, readFileSync } = require('node:fs');
const { dirname, resolve } = require('node:path');

const NEEDS_MORE =
  /\b(?:RedisServer|RedisCluster|PostgresServer|RabbitMQServer|CommandRun|WebProcess|GuardProcess)\.|\('(?:\.\/)?dist\/|-app\.mjs|tools\/(?:nginx|chromium|interpreters)/;

/** A file of the tests, and all that it imports of them. */
function reach(path, seen = new Set()) {
  if (path.startsWith(resolve('test')) && !seen.has(path) && existsSync(path)) {
    seen.add(path);
    for (const [, imported] of readFileSync(path, 'utf8').matchAll(/^(?:import|\}) .*from '(\.[^']*)\.js';$/gm)) {
      reach(resolve(dirname(path), `${imported}.ts`), seen);
    }
  }
  return seen;
}

module.exports = async (paths) => ({
  filtered: paths.filter((path) => ![...reach(path)].some((file) => NEEDS_MORE.test(readFileSync(file, 'utf8')))),
});
