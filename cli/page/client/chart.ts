/** The chart of one process: its number above its dynos, with events, over the time that all processes share. */
import { kindOf, numberText } from '../../hirefire/managers/kinds.js';
import { amount, clock, dynosText } from '../../io/format.js';
import { sentenceOf, type RunEvent } from '../../run/events.js';
import { managerAt, type ManagerSince, type Point } from '../../run/run-process.js';
import { drawing, element, setText } from './dom.js';
import { area, HEIGHT, roundTop, steps, uprights, visible, WIDTH } from './paths.js';
import { partOf, ticksOf, type TimeSpan } from './time-span.js';

export interface ChartData {
  readonly name: string;
  readonly points: readonly Point[];
  readonly managers: readonly ManagerSince[];
  /** Those of this process, and those of no process. */
  readonly events: readonly RunEvent[];
  readonly span: TimeSpan;
}

/** Events this near to the pointer are read out, as a part of the width. */
const NEAR = 0.012;
const TICK_HEIGHT = HEIGHT / 4;

export class Chart {
  readonly node: HTMLElement;
  readonly #number = new Band('number');
  readonly #dynos = new Band('dynos');
  readonly #readout = element('p', { class: 'readout', 'aria-hidden': 'true' });
  #data: ChartData | undefined;

  constructor() {
    this.node = element('div', { class: 'chart' }, this.#number.node, this.#dynos.node, this.#readout);
  }

  show(data: ChartData): void {
    this.#data = data;
    const points = visible(data.points, data.span);
    const current = data.managers.at(-1)?.manager;
    const { unit, thresholds } = kindOf(current);
    const then = points.map((point) => {
      const manager = managerAt(data.managers, point.t);
      const kind = kindOf(manager);
      // A number in another unit has no place on this scale.
      const fits = kind.unit === unit;
      return {
        value: fits ? point.value : null,
        heights: fits ? kind.thresholds.map(({ at }) => at(point.dynos)) : [],
        bounds: manager,
      };
    });
    const times = points.map(({ t }) => t);
    this.#number.show(data, times, [
      ['number', then.map(({ value }) => value)],
      ...thresholds.map((_, index): Line => ['threshold', then.map(({ heights }) => heights[index] ?? null)]),
    ]);
    this.#dynos.show(data, times, [
      ['dynos', points.map(({ dynos }) => dynos)],
      ['bound', then.map(({ bounds }) => bounds?.minimum ?? null)],
      ['bound', then.map(({ bounds }) => bounds?.maximum ?? null)],
    ]);
    this.#describe(data);
  }

  /** Reads out the values at a part of the span; undefined: none. */
  readAt(part: number | undefined): void {
    const { span, points, managers, events } = this.#data ?? {};
    if (part === undefined || !span || !points || !managers || !events) {
      setText(this.#readout, '');
      return;
    }
    const t = span.from + part * (span.to - span.from);
    const point = points.findLast((one) => one.t <= t);
    const near = events.filter((event) => Math.abs(partOf(span, event.t) - part) < NEAR).map(sentenceOf);
    const number = point && `${numberText(point.value, managerAt(managers, point.t))}, ${dynosText(point.dynos)}`;
    setText(this.#readout, [clock(t), number ?? 'before the first checkup', ...new Set(near)].join(' · '));
  }

  #describe({ name, points, managers }: ChartData): void {
    const last = points.at(-1);
    if (last) {
      const manager = managers.at(-1)?.manager;
      const from = `from ${clock(points[0]?.t ?? 0)} to ${clock(last.t)}`;
      const now = numberText(last.value, manager);
      this.#number.describe(`Chart of ${kindOf(manager).label} of ${name} ${from}; now ${now}`);
      this.#dynos.describe(`Chart of the dynos of ${name} ${from}; now ${last.dynos}`);
    }
  }
}

type Line = readonly [style: 'number' | 'threshold' | 'dynos' | 'bound', values: readonly (number | null)[]];

/** One of the two pictures, with the highest value of its scale. */
class Band {
  readonly node: HTMLElement;
  readonly #svg = drawing('svg', { viewBox: `0 0 ${WIDTH} ${HEIGHT}`, preserveAspectRatio: 'none' });
  readonly #scale = element('span', { class: 'scale', 'aria-hidden': 'true' });

  constructor(private readonly kind: 'number' | 'dynos') {
    this.node = element('div', { class: `band ${kind}-band`, role: 'img' }, this.#scale, this.#svg);
  }

  show({ span, events }: ChartData, times: readonly number[], lines: readonly Line[]): void {
    const high = Math.max(0, ...lines.flatMap(([, values]) => values.flatMap((value) => value ?? [])));
    const top = this.kind === 'number' ? roundTop(high * 1.04) : Math.max(high, 1) + 0.3;
    const path = (style: string, d: string): SVGPathElement => drawing('path', { class: style, d });
    const at = (level: RunEvent['level']): number[] =>
      events.flatMap((event) => (event.level === level && event.t >= span.from ? event.t : []));
    const isDynos = this.kind === 'dynos';
    this.#svg.replaceChildren(
      path('grid', uprights(ticksOf(span), span)),
      ...lines.map(([style, values]) => path(style, steps(times, values, span, top))),
      ...(isDynos ? [path('dynos-area', area(times, lines[0]?.[1].map((value) => value ?? 0) ?? [], span, top))] : []),
      ...(isDynos ? [path('event', uprights(at('info'), span, TICK_HEIGHT))] : []),
      path('problem-line', uprights(at('problem'), span)),
    );
    this.#showScale(isDynos ? [`${Math.max(high, 1)}`, '0'] : [short(top), short(top / 2), '0']);
  }

  /** @param labels - from top to bottom */
  #showScale(labels: readonly string[]): void {
    if (this.#scale.textContent !== labels.join('')) {
      const classOf = (index: number): string => (index > 0 && index < labels.length - 1 ? 'middle' : 'end');
      this.#scale.replaceChildren(...labels.map((label, index) => element('span', { class: classOf(index) }, label)));
    }
  }

  describe(text: string): void {
    this.node.setAttribute('aria-label', text);
  }
}

function short(value: number): string {
  return value >= 10_000 ? `${amount(value / 1000)}k` : amount(value);
}
