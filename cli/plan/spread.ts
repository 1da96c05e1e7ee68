/** The waits of a run, or the times that its jobs take, in four numbers; in seconds. */
export interface Spread {
  readonly mean: number;
  readonly p50: number;
  readonly p95: number;
  readonly max: number;
}

/** Percentiles by nearest rank; zeros without values. Changes the order of the array. */
export function spreadOf(values: Float64Array): Spread {
  const { length } = values;
  let [sum, max] = [0, 0];
  for (let place = 0; place < length; place++) {
    const value = values[place] ?? 0;
    sum += value;
    max = Math.max(max, value);
  }
  const [median, most] = [50, 95].map((percent) => Math.max(Math.ceil((percent * length) / 100) - 1, 0));
  const p50 = nth(values, median ?? 0, 0);
  return { mean: sum / Math.max(length, 1), p50, p95: nth(values, most ?? 0, median ?? 0), max };
}

/**
 * Hoare's selection, several times faster than a sort.
 *
 * @param from - no value before this place is above one behind it
 */
function nth(values: Float64Array, place: number, from: number): number {
  let low = from;
  let high = values.length - 1;
  while (low < high) {
    const pivot = values[(low + high) >> 1] ?? 0;
    let left = low;
    let right = high;
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
    if (place > right && place < left) {
      break;
    }
    low = place >= left ? left : low;
    high = place <= right ? right : high;
  }
  return values[place] ?? 0;
}
