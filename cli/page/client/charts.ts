/** The charts of one process: its number and, below, its dynos over the same time. */
import uPlot from 'uplot';
import { kindOf } from '../../hirefire/managers/kinds.js';
import { amount, clock } from '../../io/format.js';
import { managerAt, type ManagerSince, type Point } from '../../run/run-process.js';
import { element } from './dom.js';

const NUMBER_HEIGHT = 190;
const DYNOS_HEIGHT = 120;
const AXIS_WIDTH = 56;

/** Seconds between two times on the axis. */
const TIME_STEPS = [1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 1800, 3600, 7200, 21_600, 86_400];

type Data = [number[], ...(number | null)[][]];

export class Charts {
  readonly node: HTMLElement;
  readonly #number = element('div', { role: 'img' });
  readonly #dynos = element('div', { role: 'img' });
  readonly #legend = element('ul', { class: 'legend' });
  #plots: uPlot[] = [];
  #data: readonly [Data, Data] = [[[]], [[]]];
  #drawnFor = '';

  constructor(
    private readonly name: string,
    private readonly label: string,
    private readonly unit: string,
  ) {
    this.node = element('div', {}, this.#legend, this.#number, this.#dynos);
    new ResizeObserver(() => this.#fit()).observe(this.node);
    matchMedia('(prefers-color-scheme: dark)').addEventListener('change', () => this.#make());
  }

  /** Draws each point with the thresholds and bounds of its time. */
  show(points: readonly Point[], managers: readonly ManagerSince[]): void {
    const current = managers.at(-1)?.manager;
    const labels = kindOf(current).thresholds.map(({ label }) => label);
    const xs = points.map(({ t }) => t);
    const then = points.map((point) => {
      const manager = managerAt(managers, point.t);
      return { bounds: manager, heights: kindOf(manager).thresholds.map(({ at }) => at(point.dynos)) };
    });
    this.#data = [
      [
        xs,
        points.map(({ value }) => value),
        ...labels.map((_, index) => then.map(({ heights }) => heights[index] ?? null)),
      ],
      [
        xs,
        points.map(({ dynos }) => dynos),
        then.map(({ bounds }) => bounds?.minimum ?? null),
        then.map(({ bounds }) => bounds?.maximum ?? null),
      ],
    ];
    const drawnFor = labels.join('|');
    if (this.#plots.length === 0 || drawnFor !== this.#drawnFor) {
      this.#drawnFor = drawnFor;
      this.#legend.replaceChildren(
        element('li', {}, this.label),
        ...labels.map((label) => element('li', { class: 'threshold' }, label)),
        element('li', { class: 'dynos' }, 'dynos'),
        ...(current ? [element('li', { class: 'threshold' }, 'minimum and maximum of dynos')] : []),
      );
      this.#make();
    } else {
      this.#plots.forEach((plot, index) => plot.setData(this.#data[index === 0 ? 0 : 1]));
    }
    this.#describe(points);
  }

  #describe(points: readonly Point[]): void {
    const last = points.at(-1);
    if (last) {
      const from = `from ${clock(points[0]?.t ?? 0)} to ${clock(last.t)}`;
      this.#number.setAttribute(
        'aria-label',
        `Chart of ${this.label} of ${this.name} ${from}; now ${amount(last.value)} ${this.unit}`,
      );
      this.#dynos.setAttribute('aria-label', `Chart of the dynos of ${this.name} ${from}; now ${last.dynos}`);
    }
  }

  #make(): void {
    this.#plots.forEach((plot) => plot.destroy());
    const style = getComputedStyle(document.documentElement);
    const colour = (name: string): string => style.getPropertyValue(`--${name}`).trim();
    const [number, dynos] = this.#data;
    const steps = uPlot.paths.stepped?.({ align: 1 });
    const stepped = { points: { show: false }, ...(steps && { paths: steps }) };
    const threshold: uPlot.Series = { ...stepped, stroke: colour('threshold'), width: 1.5, dash: [6, 4] };
    const main = (name: string): uPlot.Series => ({
      stroke: colour(name),
      fill: colour(`${name}-fill`),
      width: 2,
      ...stepped,
    });
    const axis: uPlot.Axis = {
      stroke: colour('muted'),
      grid: { stroke: colour('edge'), width: 1 },
      ticks: { stroke: colour('edge'), width: 1 },
    };
    const common = (label: string, height: number): Omit<uPlot.Options, 'series'> => ({
      width: this.#width,
      height,
      legend: { show: false },
      cursor: { sync: { key: this.name }, drag: { x: false, y: false } },
      scales: { x: { time: false }, y: { range: (_plot, _low, high) => [0, high > 0 ? high * 1.1 : 1] } },
      axes: [
        { ...axis, incrs: TIME_STEPS, values: (_plot, times) => times.map(clock) },
        { ...axis, label, labelSize: 20, size: AXIS_WIDTH, values: (_plot, ticks) => ticks.map(tick) },
      ],
    });
    const onlyWhole: Partial<uPlot.Axis> = { incrs: [1, 2, 5, 10, 20, 50, 100], space: 18 };
    const below = common('dynos', DYNOS_HEIGHT);
    const [x = axis, y = axis] = below.axes ?? [];
    this.#plots = [
      new uPlot(
        { ...common(this.label, NUMBER_HEIGHT), series: [{}, main('number'), ...number.slice(2).map(() => threshold)] },
        number,
        this.#number,
      ),
      new uPlot(
        { ...below, axes: [x, { ...y, ...onlyWhole }], series: [{}, main('dynos'), threshold, threshold] },
        dynos,
        this.#dynos,
      ),
    ];
  }

  get #width(): number {
    return Math.max(this.node.clientWidth, 200);
  }

  #fit(): void {
    this.#plots.forEach((plot) => plot.setSize({ width: this.#width, height: plot.height }));
  }
}

function tick(value: number): string {
  return value >= 10_000 ? `${amount(value / 1000)}k` : amount(value);
}
