/** Turns the points of a run into the paths of a picture that is 1000 wide and 100 high, whatever its size on the screen. */
import type { Point } from '../../run/run-process.js';
import { partOf, type TimeSpan } from './time-span.js';

export const WIDTH = 1000;
export const HEIGHT = 100;

/** More points than this are thinned: no screen shows them. */
const MOST_POINTS = 2000;
const TOPS = [1, 1.2, 1.5, 2, 2.5, 3, 4, 5, 6, 8, 10];

/** The lowest round number that is at least as high. */
export function roundTop(high: number): number {
  if (high <= 0) {
    return 1;
  }
  const power = 10 ** Math.floor(Math.log10(high));
  return (TOPS.find((top) => top * power >= high) ?? 10) * power;
}

/** Each value lasts until the next time; null is a gap. */
export function steps(
  times: readonly number[],
  values: readonly (number | null)[],
  span: TimeSpan,
  top: number,
): string {
  const x = (t: number): string => (partOf(span, t) * WIDTH).toFixed(1);
  const y = (value: number): string => (HEIGHT * (1 - value / top)).toFixed(1);
  let path = '';
  let isDown = false;
  for (const [index, t] of times.entries()) {
    const value = values[index] ?? null;
    path += isDown ? `H${x(t)}` : '';
    path += value === null ? '' : isDown ? `V${y(value)}` : `M${x(t)} ${y(value)}`;
    isDown = value !== null;
  }
  return isDown ? `${path}H${x(span.to)}` : path;
}

/** The area below steps without a gap. */
export function area(times: readonly number[], values: readonly number[], span: TimeSpan, top: number): string {
  const [first] = times;
  const path = steps(times, values, span, top);
  return first === undefined ? '' : `${path}V${HEIGHT}H${(partOf(span, first) * WIDTH).toFixed(1)}Z`;
}

/** A line down from the top at each time. */
export function uprights(times: readonly number[], span: TimeSpan, height = HEIGHT): string {
  return times.map((t) => `M${(partOf(span, t) * WIDTH).toFixed(1)} 0V${height}`).join('');
}

/** The points in a span and the last one before it, with the extremes of each part where there are too many. */
export function visible(points: readonly Point[], { from }: TimeSpan): readonly Point[] {
  const shown = points.slice(
    Math.max(
      points.findLastIndex(({ t }) => t <= from),
      0,
    ),
  );
  if (shown.length <= MOST_POINTS) {
    return shown;
  }
  const size = Math.ceil((shown.length * 4) / MOST_POINTS);
  return Array.from({ length: Math.ceil(shown.length / size) }, (_, part) =>
    extremesOf(shown.slice(part * size, (part + 1) * size)),
  ).flat();
}

function extremesOf(points: readonly Point[]): readonly Point[] {
  const most = (of: (point: Point) => number): Point | undefined =>
    points.reduce<Point | undefined>((best, point) => (best && of(best) >= of(point) ? best : point), undefined);
  const kept = new Set([
    points.find(({ value }) => value === null),
    most(({ value }) => value ?? -Infinity),
    most(({ value }) => -(value ?? Infinity)),
    most(({ dynos }) => dynos),
  ]);
  return points.filter((point) => kept.has(point));
}
