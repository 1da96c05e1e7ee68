/** Makes one number from the queue times or response times between two checkups. */
import type { Manager } from './schema.js';

export type AggregatingManager = Extract<Manager, { readonly aggregation: unknown }>;

/**
 * The average, or the percentile by nearest rank.
 *
 * @returns milliseconds; null without samples: only the caller knows whether that means 0
 */
export function aggregate(
  samples: readonly number[],
  manager: Pick<AggregatingManager, 'aggregation' | 'percentile'>,
): number | null {
  if (samples.length === 0) {
    return null;
  }
  if (manager.aggregation === 'average') {
    return samples.reduce((sum, sample) => sum + sample, 0) / samples.length;
  }
  const rank = Math.ceil((manager.percentile / 100) * samples.length);
  return [...samples].sort((a, b) => a - b)[Math.max(rank, 1) - 1] ?? null;
}
