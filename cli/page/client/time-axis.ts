/** The times below the charts. */
import { clock } from '../../io/format.js';
import { element } from './dom.js';
import { partOf, ticksOf, type TimeSpan } from './time-span.js';

export class TimeAxis {
  readonly node = element('div', { class: 'axis', 'aria-hidden': 'true' });

  show(span: TimeSpan): void {
    this.node.replaceChildren(
      ...ticksOf(span).map((t) => {
        const label = element('span', {}, clock(t));
        label.style.left = `${partOf(span, t) * 100}%`;
        return label;
      }),
    );
  }
}
