/** Begins with the specs that wait for the longest: otherwise one worker would still run them when the others are done. */
import Sequencer from '@jest/test-sequencer';

const LONGEST = [
  'test/demo/demo.spec',
  'test/rabbitmq/rabbitmq.spec',
  '.contract.spec',
  'test/postgres/',
  'test/worker/',
  'test/graphile-worker/',
  'test/other-languages/',
  'test/cli/commands/simulate/',
  'test/info/endpoints.nest.spec',
  'test/docs/',
];

export default class LongestFirst extends Sequencer {
  sort(tests) {
    const rank = ({ path }) => {
      const place = LONGEST.findIndex((part) => path.includes(part));
      return place === -1 ? LONGEST.length : place;
    };
    return super.sort(tests).sort((one, other) => rank(one) - rank(other));
  }
}
