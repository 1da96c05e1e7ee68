/** A Markdown table of comparisons. */
import { AGAIN, type Comparison } from './compare.js';

export interface Row extends Comparison {
  /** What was measured. */
  readonly of: readonly string[];
  /** Of the floor's cost. */
  readonly unit: string;
}

export function tableOf(head: readonly string[], rows: readonly Row[]): string {
  const names = [...new Set(rows.flatMap(({ ratios }) => [...ratios.keys()]))];
  const lines = rows.map(({ of, floor, unit, ratios }) => {
    const cells = names
      .map((name) => ratios.get(name))
      .map((ratio) => (ratio ? `${digits(ratio.p50)} ± ${digits(ratio.mad)}` : ''));
    return [...of, `${digits(floor)} ${unit}`, ...cells];
  });
  return [[...head, 'floor', ...names], [...head, 'floor', ...names].map(() => '---'), ...lines]
    .map((cells) => `| ${cells.join(' | ')} |`)
    .join('\n');
}

/** The least and the greatest ratio of a floor to itself. */
export function noiseIn(rows: readonly Row[]): string {
  const medians = rows.map(({ ratios }) => ratios.get(AGAIN)?.p50 ?? NaN);
  return `${digits(Math.min(...medians))} to ${digits(Math.max(...medians))}`;
}

function digits(value: number): string {
  return value < 10 ? value.toFixed(2) : value.toFixed(0);
}
