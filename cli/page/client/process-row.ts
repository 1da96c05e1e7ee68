/** The row of one process: its dynos and why there are that many, its chart, its cost; details on demand. */
import type { ManagerForm as Form } from '../../hirefire/managers/manager-forms.js';
import { kindOf, numberText } from '../../hirefire/managers/kinds.js';
import { dynosText } from '../../io/format.js';
import { averageText, dollars, dynoHoursAt, perMonth } from '../../run/cost.js';
import type { RunEvent } from '../../run/events.js';
import type { Point } from '../../run/run-process.js';
import { whyOf } from '../../run/why.js';
import type { PageProcess } from '../messages.js';
import { Chart } from './chart.js';
import { element, setText } from './dom.js';
import { DynoButtons } from './dyno-buttons.js';
import { DynoLights, DynoList, keptOf, statesOf, workingOf } from './dyno-list.js';
import { ManagerForm } from './manager-form.js';
import type { TimeSpan } from './time-span.js';
import { ValuesTable } from './values-table.js';

/** The points that are kept, as many as the run keeps. */
const MOST_POINTS = 20_000;

export interface RowOptions {
  /** The types of manager that it can have; none: the run is over, so nothing can be changed. */
  readonly forms: readonly Form[];
  readonly canScale: boolean;
}

export class ProcessRow {
  readonly node: HTMLElement;
  readonly chart = new Chart();
  readonly #type = element('span', { class: 'muted' });
  readonly #count = element('strong');
  readonly #states = element('span', { class: 'visually-hidden' });
  readonly #lights = new DynoLights();
  readonly #why = element('p', { class: 'why' });
  readonly #month = element('strong');
  readonly #average = element('p', { class: 'muted' });
  readonly #always = element('p', { class: 'muted' });
  readonly #toggle: HTMLButtonElement;
  readonly #details: HTMLElement;
  readonly #facts = element('p', { class: 'muted' });
  readonly #dynos: DynoList;
  readonly #table: ValuesTable;
  readonly #form: ManagerForm | undefined;
  readonly #buttons: DynoButtons | undefined;
  readonly #points: Point[] = [];
  #process: PageProcess;

  constructor(process: PageProcess, { forms, canScale }: RowOptions) {
    const { name } = process;
    this.#process = process;
    this.#dynos = new DynoList(name);
    this.#table = new ValuesTable(name);
    this.#form = forms.length > 0 ? new ManagerForm(name, forms) : undefined;
    this.#buttons = canScale ? new DynoButtons(name) : undefined;
    const [id, details] = [`process-${name}`, `details-${name}`];
    this.#toggle = element(
      'button',
      { type: 'button', class: 'quiet', 'aria-expanded': 'false', 'aria-controls': details },
      ...['Details', element('span', { class: 'visually-hidden' }, ` of ${name}`)],
    );
    this.#toggle.addEventListener('click', () => this.#open(this.#details.hidden !== false));
    const controls = [this.#buttons, this.#form].flatMap((control) => control?.node ?? []);
    this.#details = element(
      'div',
      { class: 'details', id: details, hidden: true },
      this.#facts,
      element('div', { class: 'beside' }, element('div', {}, this.#dynos.node, ...controls), this.#table.node),
    );
    this.node = element(
      'section',
      { class: 'row', 'aria-labelledby': id },
      element(
        'div',
        { class: 'who' },
        element('div', { class: 'name' }, element('h2', { id }, name), this.#type, this.#toggle),
        element('p', { class: 'dynos-now' }, this.#count, ' ', this.#lights.node, this.#states),
        this.#why,
      ),
      this.chart.node,
      element('div', { class: 'money' }, element('p', {}, this.#month), this.#average, this.#always),
      this.#details,
    );
  }

  get hasUnsentChanges(): boolean {
    return this.#form?.hasUnsentChanges ?? false;
  }

  /** @param seconds - that the dyno seconds cover */
  show(process: PageProcess, seconds: number): void {
    this.#process = process;
    this.#points.push(...process.points);
    this.#points.splice(0, this.#points.length - MOST_POINTS);
    this.#showNow();
    this.#showCost(seconds);
    this.#buttons?.show(keptOf(process.dynos ?? []));
    this.#form?.show(process.managers.at(-1)?.manager);
    this.#showDetails();
  }

  draw(events: readonly RunEvent[], span: TimeSpan): void {
    const { name, managers } = this.#process;
    const own = events.filter(({ process = name }) => process === name);
    this.chart.show({ name, points: this.#points, managers, events: own, span });
  }

  #showNow(): void {
    const { managers, dynos, waitsFor } = this.#process;
    const manager = managers.at(-1)?.manager;
    const last = this.#points.at(-1);
    setText(this.#type, manager?.type ?? 'no manager');
    if (dynos) {
      setText(this.#count, dynosText(workingOf(dynos)));
      setText(this.#states, statesOf(dynos));
      this.#lights.show(dynos);
      setText(this.#why, last ? whyOf(last, manager, waitsFor) : 'before the first checkup');
    } else {
      setText(this.#count, `${dynosText(Math.max(0, ...this.#points.map((point) => point.dynos)))} at the peak`);
      setText(this.#why, `worst ${numberText(this.#process.worst, manager)}`);
    }
  }

  #showCost(seconds: number): void {
    const { dynoSeconds, dynoSecondsAtMaximum, price, managers } = this.#process;
    const ofMonth = (of: number): number | undefined =>
      price === null || seconds === 0 ? undefined : (of / seconds) * price;
    const [used, atMaximum] = [ofMonth(dynoSeconds), ofMonth(dynoSecondsAtMaximum)];
    const maximum = managers.at(-1)?.manager.maximum;
    setText(this.#month, used === undefined ? 'no price' : perMonth(used));
    setText(this.#average, averageText(dynoSeconds, seconds));
    setText(this.#always, atMaximum === undefined || !maximum ? '' : `always ${maximum}: ${dollars(atMaximum)}`);
  }

  #showDetails(): void {
    if (!this.#details.hidden) {
      const { dynos, managers, dynoSeconds, dynoSecondsAtMaximum, price, worst } = this.#process;
      const hours = (of: number): string => dynoHoursAt(price ?? undefined, of);
      const manager = managers.at(-1)?.manager;
      const facts = [
        ...kindOf(manager).thresholds.map(({ label }) => label),
        `worst ${numberText(worst, manager)}`,
        `used ${hours(dynoSeconds)}`,
        `always at the maximum ${hours(dynoSecondsAtMaximum)}`,
      ];
      setText(this.#facts, facts.join(' · '));
      this.#dynos.show(dynos ?? []);
      this.#table.show(this.#points, managers);
    }
  }

  #open(isOpen: boolean): void {
    this.#details.hidden = !isOpen;
    this.#toggle.setAttribute('aria-expanded', `${isOpen}`);
    this.node.classList.toggle('open', isOpen);
    this.#showDetails();
  }
}
