/** The page of a live run, by server-sent events, or of the report or the plan in the page itself. */
import { amount, clock } from '../../io/format.js';
import type { Report } from '../../run/report.js';
import { ALL_EVENT, EVENTS_PATH, MORE_EVENT, type PageMessage } from '../messages.js';
import { element, setText } from './dom.js';
import type { PlanPage } from '../plan-page.js';
import { PageOfRun } from './page-of-run.js';
import { sectionOf } from './plan.js';
import { figuresOf, pageMessageOf } from './report.js';

const main = document.querySelector('main') ?? document.body;
const status = document.getElementById('status') ?? document.body;
const title = document.querySelector('h1') ?? document.body;

function showHead({ title: text, app }: PageMessage): void {
  document.title = `${app.name} · ${text}`;
  if (title.textContent !== app.name) {
    title.replaceChildren(app.url === null ? app.name : element('a', { href: app.url }, app.name));
  }
}

function showRun(): void {
  let page: PageOfRun | undefined;
  let last: PageMessage | undefined;
  let isConnected: boolean | undefined;
  const showStatus = (): void => {
    const { startedAt = Date.now(), speed = 1, every = 0, title: run = '' } = last ?? {};
    const faster = speed === 1 ? '' : `, HireFire’s clock ${amount(speed)} times faster`;
    const pace = `with a checkup every ${amount(every)} s: numbers and dynos change only then`;
    // The seconds go into a tooltip: a screen reader would read them out each time.
    setText(
      status,
      isConnected === undefined
        ? 'connecting …'
        : isConnected
          ? `${run}, running since ${new Date(startedAt).toLocaleTimeString()}${faster}, ${pace}`
          : 'The run has ended, or does not answer.',
    );
    status.title = clock((Date.now() - startedAt) / 1000);
  };
  const stream = new EventSource(EVENTS_PATH);
  const listen = (event: string, take: (message: PageMessage) => void): void => {
    stream.addEventListener(event, ({ data }: MessageEvent<string>) => {
      const message = JSON.parse(data) as PageMessage;
      last = message;
      isConnected = true;
      showHead(message);
      take(message);
      showStatus();
    });
  };
  listen(ALL_EVENT, (message) => {
    page = new PageOfRun(message);
    main.replaceChildren(...page.nodes);
    page.show(message);
  });
  listen(MORE_EVENT, (message) => page?.show(message));
  stream.addEventListener('error', () => {
    isConnected = false;
    showStatus();
  });
  setInterval(showStatus, 500);
  showStatus();
}

function showReport(report: Report): void {
  const message = pageMessageOf(report);
  const page = new PageOfRun(message);
  showHead(message);
  main.replaceChildren(...page.nodes, figuresOf(report));
  page.show(message);
  setText(status, `${message.title}, ${new Date(message.startedAt).toLocaleString()}, for ${clock(message.seconds)}`);
}

function showPlan(plan: PlanPage): void {
  document.title = `plan · ${plan.source}`;
  setText(title, plan.source);
  setText(status, plan.title);
  main.replaceChildren(...plan.processes.map(sectionOf));
}

const report = JSON.parse(document.getElementById('report')?.textContent ?? 'null') as Report | PlanPage | null;
if (!report) {
  showRun();
} else if ('source' in report) {
  showPlan(report);
} else {
  showReport(report);
}
