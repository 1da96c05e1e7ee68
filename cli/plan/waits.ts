/** The waits of a run in four numbers, in seconds. */
export interface Wait {
  readonly mean: number;
  readonly p50: number;
  readonly p95: number;
  readonly max: number;
}

/** Percentiles by nearest rank; zeros without jobs. Changes the order of the array. */
export function waitOf(waits: Float64Array): Wait {
  const { length } = waits;
  const rank = (percent: number): number => nth(waits, Math.ceil((percent * length) / 100) - 1);
  let sum = 0;
  for (const wait of waits) {
    sum += wait;
  }
  return { mean: sum / Math.max(length, 1), p50: rank(50), p95: rank(95), max: rank(100) };
}

/** Hoare's selection, several times faster than a sort. */
function nth(values: Float64Array, place: number): number {
  let [low, high] = [0, values.length - 1];
  while (low < high) {
    const pivot = values[(low + high) >> 1] ?? 0;
    let [left, right] = [low, high];
    while (left <= right) {
      while ((values[left] ?? 0) < pivot) {
        left++;
      }
      while ((values[right] ?? 0) > pivot) {
        right--;
      }
      if (left <= right) {
        const swapped = values[left] ?? 0;
        values[left++] = values[right] ?? 0;
        values[right--] = swapped;
      }
    }
    [low, high] = [place >= left ? left : low, place <= right ? right : high];
    if (place > right && place < left) {
      break;
    }
  }
  return values[place] ?? 0;
}
