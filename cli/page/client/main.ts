/** The page of a live run, by server-sent events, or of the report in the page itself. */
import { amount, clock } from '../../io/format.js';
import { costOf, dynoHours } from '../../run/cost.js';
import { sentenceOf, type RunEvent } from '../../run/events.js';
import type { Report } from '../../run/report.js';
import { ALL_EVENT, EVENTS_PATH, MORE_EVENT, type PageMessage, type PageProcess } from '../messages.js';
import { element, setText } from './dom.js';
import { ProcessCard } from './process-card.js';

const MAX_EVENTS_SHOWN = 500;

const main = document.querySelector('main') ?? document.body;
const status = document.getElementById('status') ?? document.body;
const title = document.querySelector('h1') ?? document.body;

const WINDOWS: readonly (readonly [label: string, seconds: number | undefined])[] = [
  ['all', undefined],
  ['the last minute', 60],
  ['the last 5 minutes', 300],
  ['the last hour', 3600],
];

class PageOfRun {
  readonly #cards = new Map<string, ProcessCard>();
  readonly #cardsNode = element('div');
  readonly #events = element('ul', { class: 'events', tabindex: 0, 'aria-label': 'Events, newest first' });
  readonly #alert = element('p', { role: 'alert', class: 'problem' });
  readonly #windows = element(
    'select',
    {},
    ...WINDOWS.map(([label], index) => element('option', { value: index }, label)),
  );
  readonly #cost = element('p');
  #problems = 0;

  constructor(private readonly isLive: boolean) {
    this.#windows.addEventListener('change', () => this.#cards.forEach((card) => card.zoom(this.#window)));
    main.replaceChildren(
      element('div', { class: 'toolbar' }, element('label', {}, 'Time shown ', this.#windows), this.#cost, this.#alert),
      this.#cardsNode,
      element(
        'section',
        { class: 'card', 'aria-labelledby': 'events' },
        element('h2', { id: 'events' }, 'Events'),
        this.#events,
      ),
    );
  }

  show({ processes, events, canScale, title: text }: PageMessage): void {
    setText(title, text);
    document.title = `${text} · nestjs-hirefire`;
    for (const process of processes) {
      let card = this.#cards.get(process.name);
      if (!card) {
        card = new ProcessCard(process, { isLive: this.isLive, canScale });
        this.#cards.set(process.name, card);
        this.#cardsNode.append(card.node);
      }
      card.show(process, this.#window);
    }
    this.#showCost(processes);
    this.#addEvents(events);
  }

  /** Of all processes together. */
  #showCost(processes: readonly PageProcess[]): void {
    const hasPrices = processes.some(({ price }) => price !== null);
    const total = (pick: (process: PageProcess) => number): string => {
      const seconds = processes.reduce((sum, process) => sum + pick(process), 0);
      const cost = processes.reduce((sum, process) => sum + costOf(pick(process), process.price ?? 0), 0);
      return dynoHours(seconds, hasPrices ? cost : undefined);
    };
    const [used, atMaximum] = [
      total(({ dynoSeconds }) => dynoSeconds),
      total(({ dynoSecondsAtMaximum }) => dynoSecondsAtMaximum),
    ];
    setText(this.#cost, `Cost: ${used}; always at the maximum: ${atMaximum}`);
  }

  addNode(node: HTMLElement): void {
    main.prepend(node);
  }

  get #window(): number | undefined {
    return WINDOWS[Number(this.#windows.value)]?.[1];
  }

  #addEvents(events: readonly RunEvent[]): void {
    for (const event of events) {
      const text = sentenceOf(event);
      const isProblem = event.level === 'problem';
      this.#problems += isProblem ? 1 : 0;
      const words = isProblem ? element('span', { class: 'problem' }, `⚠ Problem: ${text}`) : element('span', {}, text);
      this.#events.prepend(element('li', {}, element('span', { class: 'muted' }, clock(event.t)), words));
    }
    while (this.#events.childElementCount > MAX_EVENTS_SHOWN) {
      this.#events.lastElementChild?.remove();
    }
    if (this.#problems > 0) {
      setText(this.#alert, `⚠ ${this.#problems} ${this.#problems === 1 ? 'problem' : 'problems'}, see the events`);
    }
  }
}

function showRun(): void {
  let page = new PageOfRun(true);
  let startedAt = Date.now();
  let speed = 1;
  let isConnected: boolean | undefined;
  const showStatus = (): void => {
    const seconds = (Date.now() - startedAt) / 1000;
    const faster = speed === 1 ? '' : `, HireFire’s clock ${amount(speed)} times faster`;
    // The seconds go into a tooltip: a screen reader would read them out each time.
    setText(
      status,
      isConnected === undefined
        ? 'connecting …'
        : isConnected
          ? `running since ${new Date(startedAt).toLocaleTimeString()}${faster}`
          : 'The run has ended, or does not answer.',
    );
    status.title = clock(seconds);
  };
  const stream = new EventSource(EVENTS_PATH);
  const listen = (event: string, take: (message: PageMessage) => void): void => {
    stream.addEventListener(event, ({ data }: MessageEvent<string>) => {
      const message = JSON.parse(data) as PageMessage;
      ({ startedAt, speed } = message);
      isConnected = true;
      take(message);
      showStatus();
    });
  };
  listen(ALL_EVENT, (message) => {
    page = new PageOfRun(true);
    page.show(message);
  });
  listen(MORE_EVENT, (message) => page.show(message));
  stream.addEventListener('error', () => (isConnected = false));
  setInterval(showStatus, 500);
  showStatus();
}

function showReport(report: Report): void {
  const page = new PageOfRun(false);
  const startedAt = Date.parse(report.startedAt);
  const processes = Object.entries(report.processes).map(([name, process]): PageProcess => {
    const { manager, series, dynoSeconds, dynoSecondsAtMaximum, worst } = process;
    const { managers = manager ? [{ t: 0, manager }] : [] } = process;
    return {
      ...{ name, managers, dynoSeconds, dynoSecondsAtMaximum, worst, points: series, price: null },
      dynos: series.at(-1)?.dynos ?? 0,
    };
  });
  const events = report.problems.map(({ t, message, cure }): RunEvent => ({
    t,
    level: 'problem',
    text: `${message}. ${cure}`,
  }));
  page.show({ title: 'simulate: report', startedAt, speed: report.speed, canScale: false, processes, events });
  page.addNode(figuresOf(report));
  const seconds = (Date.parse(report.endedAt) - startedAt) / 1000;
  setText(status, `${new Date(startedAt).toLocaleString()}, for ${clock(seconds)}`);
}

function figuresOf({ polls, router, problems }: Report): HTMLElement {
  const figures: [label: string, text: string][] = [
    ['problems', `${problems.length}`],
    ['polls', `${amount(polls.count)}, ${polls.failed} failed`],
    ['median poll', `${amount(polls.p50)} ms`],
    ['requests', amount(router.requests)],
    ['95 % of requests within', `${amount(router.p95)} ms`],
    ...Object.entries(router.codes).flatMap(([code, count]): [string, string][] =>
      count > 0 ? [[code, `${count}`]] : [],
    ),
  ];
  const list = element('dl', { class: 'figures' });
  list.append(...figures.map(([label, text]) => element('div', {}, element('dt', {}, label), element('dd', {}, text))));
  return list;
}

const report = JSON.parse(document.getElementById('report')?.textContent ?? 'null') as Report | null;
if (report) {
  showReport(report);
} else {
  showRun();
}
