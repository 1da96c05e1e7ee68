import { expect, it } from '@jest/globals';
import { groupsOf } from '../../../cli/run/problem-groups.js';
import { RunState } from '../../../cli/run/run-state.js';

it('problems with the same cure are one group, with the last of them; the newest group is first', () => {
  const state = new RunState('simulate', new Date(0), 1);
  const lost = { kind: 'request-lost', process: 'web', dyno: 'web.1' } as const;
  state.addProblem({ ...lost, t: 1, message: 'one', code: 'H12' });
  state.addProblem({ kind: 'poll-failed', process: null, dyno: null, t: 2, message: 'two' });
  state.addProblem({ ...lost, t: 3, message: 'three', code: 'H10' });
  state.addProblem({ ...lost, t: 4, message: 'four', code: 'H12' });
  expect(groupsOf(state.problems).map(({ count, last: { message } }) => [count, message])).toEqual([
    [2, 'four'],
    [1, 'three'],
    [1, 'two'],
  ]);
});
