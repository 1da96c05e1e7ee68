/** Measures a cost next to its floor, in turns: both drift alike, so their ratio holds on a busy machine. */
import { Bench, type BenchOptions, type FnReturnedObject, type Statistics } from 'tinybench';

/** Does a thing once and returns its cost, in any unit. */
export type Cost = () => number | Promise<number>;

/** A row of a table. */
export interface Comparison {
  readonly of: readonly string[];
  readonly unit: string;
  /** Median cost of the floor. */
  readonly floor: number;
  /** By name: how many times the floor's cost. */
  readonly ratios: ReadonlyMap<string, Statistics>;
}

/** @throws whatever one of the costs throws */
export async function compare(
  of: readonly string[],
  unit: string,
  { floor, ...others }: Readonly<Record<string, Cost>> & { readonly floor: Cost },
  limits: BenchOptions,
): Promise<Comparison> {
  process.stderr.write(`${of.join(', ')}\n`);
  const bench = new Bench({ ...limits, throws: true });
  const floors: number[] = [];
  for (const [name, cost] of Object.entries({ 'floor again (A/A)': floor, ...others })) {
    let isFloorFirst = false;
    const pair = async (): Promise<FnReturnedObject> => {
      const start = performance.now();
      isFloorFirst = !isFloorFirst;
      const first = await (isFloorFirst ? floor : cost)();
      const second = await (isFloorFirst ? cost : floor)();
      const [ofFloor, ofCost] = isFloorFirst ? [first, second] : [second, first];
      floors.push(ofFloor);
      return { overriddenDuration: ofCost / ofFloor, overriddenIterationCost: performance.now() - start };
    };
    bench.add(name, pair, { async: true });
  }
  const tasks = await bench.run();
  return {
    of,
    unit,
    floor: floors.sort((a, b) => a - b)[floors.length >> 1] ?? NaN,
    ratios: new Map(tasks.flatMap(({ name, result }) => ('latency' in result ? [[name, result.latency]] : []))),
  };
}

/** A Markdown table. */
export function tableOf(head: readonly string[], rows: readonly Comparison[]): string {
  const names = [...new Set(rows.flatMap(({ ratios }) => [...ratios.keys()]))];
  const titles = [...head, 'floor', ...names];
  const lines = rows.map(({ of, floor, unit, ratios }) => {
    const cells = names
      .map((name) => ratios.get(name))
      .map((ratio) => (ratio ? `${digits(ratio.p50)} ± ${digits(ratio.mad)}` : ''));
    return [...of, `${digits(floor)} ${unit}`, ...cells];
  });
  return [titles, titles.map(() => '---'), ...lines].map((cells) => `| ${cells.join(' | ')} |`).join('\n');
}

const digits = (value: number): string => value.toFixed(value < 10 ? 2 : 0);
