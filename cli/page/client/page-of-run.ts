/** The page of a run, live or over: what it costs, what went wrong, and a row per process over one time axis. */
import { WEB_PROC_NAME } from '../../../lib/hirefire.protocol.js';
import type { ManagerForm } from '../../hirefire/managers/manager-forms.js';
import type { RunEvent } from '../../run/events.js';
import type { PageMessage } from '../messages.js';
import { element } from './dom.js';
import { EventList } from './event-list.js';
import { legend } from './legend.js';
import { LoadForm } from './load-form.js';
import { Problems } from './problems.js';
import { ProcessRow } from './process-row.js';
import { SaveButton } from './save-button.js';
import { Summary } from './summary.js';
import { TimeAxis } from './time-axis.js';
import type { TimeSpan } from './time-span.js';

/** As many as the run keeps. */
const MOST_EVENTS = 1000;

const WINDOWS: readonly (readonly [label: string, seconds: number])[] = [
  ['all', Infinity],
  ['the last minute', 60],
  ['the last 5 minutes', 300],
  ['the last hour', 3600],
];

export class PageOfRun {
  readonly nodes: readonly HTMLElement[];
  readonly #rows = new Map<string, ProcessRow>();
  readonly #overview = element('div', { class: 'overview' });
  readonly #axis = new TimeAxis();
  readonly #summary = new Summary();
  readonly #problems = new Problems();
  readonly #eventList = new EventList();
  readonly #window = element(
    'select',
    {},
    ...WINDOWS.map(([label, seconds]) => element('option', { value: seconds }, label)),
  );
  readonly #events: RunEvent[] = [];
  #until = 0;

  readonly #forms: readonly ManagerForm[];
  readonly #load: LoadForm | undefined;

  /** @param first - the first message */
  constructor({ forms = [], configFile, load, page }: PageMessage) {
    this.#forms = forms;
    this.#load = load === null || page === undefined ? undefined : new LoadForm(page);
    this.#window.addEventListener('change', () => this.#draw());
    this.#followPointer();
    const tools = element('div', { class: 'tools' }, element('label', {}, 'Time shown ', this.#window), legend());
    this.nodes = [
      this.#summary.node,
      this.#problems.node,
      element(
        'div',
        { class: 'card' },
        this.#overview,
        element('div', { class: 'axis-line' }, element('span'), this.#axis.node),
        tools,
      ),
      element(
        'div',
        { class: 'card controls' },
        ...(this.#load ? [this.#load.node] : []),
        ...(configFile === null ? [] : [new SaveButton(configFile, () => this.#unsent()).node]),
        this.#eventList.node,
      ),
    ];
  }

  show({ processes, events, problems, seconds, canScale, load }: PageMessage): void {
    if (load) {
      this.#load?.show(load);
    }
    for (const process of processes) {
      this.#rowOf(process.name, () => new ProcessRow(process, { forms: this.#formsOf(process.name), canScale })).show(
        process,
        seconds,
      );
      this.#until = Math.max(this.#until, process.points.at(-1)?.t ?? 0);
    }
    this.#events.push(...events);
    this.#events.splice(0, this.#events.length - MOST_EVENTS);
    this.#until = Math.max(this.#until, this.#events.at(-1)?.t ?? 0);
    this.#eventList.add(events);
    this.#summary.show(processes, seconds);
    this.#problems.show(problems);
    this.#draw();
  }

  #rowOf(name: string, make: () => ProcessRow): ProcessRow {
    const known = this.#rows.get(name);
    if (known) {
      return known;
    }
    const row = make();
    this.#rows.set(name, row);
    this.#overview.append(row.node);
    return row;
  }

  #unsent(): string[] {
    return [...this.#rows].flatMap(([name, { hasUnsentChanges }]) => (hasUnsentChanges ? name : []));
  }

  #formsOf(process: string): readonly ManagerForm[] {
    return this.#forms.filter(({ isForWeb }) => isForWeb === (process === WEB_PROC_NAME));
  }

  #draw(): void {
    const span: TimeSpan = {
      from: Math.max(this.#until - Number(this.#window.value), 0),
      to: Math.max(this.#until, 1),
    };
    this.#axis.show(span);
    this.#rows.forEach((row) => row.draw(this.#events, span));
  }

  /** Reads out all charts at the pointer. */
  #followPointer(): void {
    this.#overview.addEventListener('pointermove', ({ target, clientX }) => {
      const plot = target instanceof Element ? target.closest('.chart')?.querySelector('svg') : undefined;
      const { left = 0, width = 1 } = plot?.getBoundingClientRect() ?? {};
      const part = (clientX - left) / width;
      this.#readAt(plot && part >= 0 && part <= 1 ? part : undefined);
    });
    this.#overview.addEventListener('pointerleave', () => this.#readAt(undefined));
  }

  #readAt(part: number | undefined): void {
    this.#rows.forEach(({ chart }) => chart.readAt(part));
  }
}
