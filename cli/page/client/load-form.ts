/** The form of the load: requests per second on a path of the app, sent by the command. */
import { amount } from '../../io/format.js';
import type { LoadNow } from '../../run/run-state.js';
import { LOAD_PATH } from '../messages.js';
import { element, setText } from './dom.js';
import { Outcome, post } from './post.js';

const MOST_PER_SECOND = 200;

export class LoadForm {
  readonly node: HTMLElement;
  readonly #perSecond = element('input', {
    ...{ type: 'number', min: 0, max: MOST_PER_SECOND, step: 1, value: 0, required: true },
    'aria-label': 'Requests per second',
  });
  readonly #path = element('input', {
    ...{ type: 'text', value: '/', required: true, pattern: '/.*', 'aria-label': 'Path' },
    title: 'Begin with /, such as /search?q=1',
  });
  readonly #now = element('span', { class: 'muted' });
  readonly #outcome = new Outcome();

  /** @param page - its name for the command, which ends the load when the page closes */
  constructor(private readonly page: string) {
    const form = element(
      'form',
      { class: 'buttons', 'aria-label': 'Load' },
      ...['Load', this.#perSecond, `requests per second (0 to ${MOST_PER_SECOND}) on`, this.#path],
      ...[element('button', {}, 'Send'), this.#now],
      ...this.#outcome.nodes,
    );
    form.addEventListener('submit', (event) => {
      event.preventDefault();
      void this.#submit();
    });
    this.node = form;
  }

  show({ path, perSecond, sent, failed, statuses, leftOut }: LoadNow): void {
    const counts = [
      `${amount(sent)} sent`,
      `${amount(failed)} failed`,
      ...Object.entries(statuses).map(([status, count]) => `${amount(count)} answered ${status}`),
      ...(leftOut > 0 ? [`${amount(leftOut)} left out`] : []),
    ];
    setText(this.#now, perSecond > 0 ? `${perSecond} per second on ${path}: ${counts.join(', ')}` : '');
  }

  async #submit(): Promise<void> {
    const perSecond = Number(this.#perSecond.value);
    const answer = await post(LOAD_PATH, { page: this.page, path: this.#path.value, perSecond });
    this.#outcome.show(answer, perSecond > 0 ? '' : 'No load is sent.');
  }
}
