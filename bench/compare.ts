/** Compares costs in pairs: each thing right beside its floor, so that whatever drifts drifts for both. */
import { Bench, type BenchOptions, type FnReturnedObject, type Statistics } from 'tinybench';

/** Does a thing once, and tells what it cost, in any unit. */
export type Cost = () => number | Promise<number>;

export interface Comparison {
  /** Median cost of the floor. */
  readonly floor: number;
  /** By name: how many times the floor's cost. */
  readonly ratios: ReadonlyMap<string, Statistics>;
}

/** The floor beside itself: a difference that is noise. */
export const AGAIN = 'floor again (A/A)';

/** @throws whatever one of the costs throws */
export async function compare(floor: Cost, others: Record<string, Cost>, limits: BenchOptions): Promise<Comparison> {
  const bench = new Bench({ ...limits, throws: true });
  const floors: number[] = [];
  for (const [name, cost] of Object.entries({ [AGAIN]: floor, ...others })) {
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
    floor: floors.sort((a, b) => a - b)[floors.length >> 1] ?? NaN,
    ratios: new Map(tasks.flatMap(({ name, result }) => ('latency' in result ? [[name, result.latency]] : []))),
  };
}
