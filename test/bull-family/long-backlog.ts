import fc from 'fast-check';
import { ms, type Operation } from '../contract/jobs/property.js';

/** Longer than the list that is looked at job by job, in the shapes that such lists have in practice. */
export const longBacklog: fc.Arbitrary<readonly Operation[]> = fc
  .record({
    count: fc.integer({ min: 120, max: 160 }),
    lifo: fc.boolean(),
    operations: fc.array(
      fc.oneof(
        { weight: 3, arbitrary: fc.record({ do: fc.constant('pass' as const), ms }) },
        {
          weight: 3,
          arbitrary: fc.record({ do: fc.constant('add' as const), priority: fc.integer({ min: 0, max: 5 }) }),
        },
        { weight: 2, arbitrary: fc.record({ do: fc.constant('take' as const), which: fc.constant(0) }) },
      ),
      { minLength: 5, maxLength: 40 },
    ),
  })
  .map(({ count, lifo, operations }) => [
    { do: 'addMany', count, options: { lifo } },
    ...operations.map((operation): Operation => {
      if (operation.do !== 'add') {
        return operation;
      }
      // A list is either LIFO or prioritized: what mixes both is found job by job only.
      return { do: 'add', options: lifo || operation.priority === 0 ? { lifo } : { priority: operation.priority } };
    }),
  ]);
