/** The meaning of each line of the charts, drawn as the charts draw them. */
import { drawing, element } from './dom.js';

const MEANINGS = [
  ['number', 'M0 5H28', 'number'],
  ['threshold', 'M0 5H28', 'threshold of its manager'],
  ['dynos', 'M0 5H28', 'dynos'],
  ['bound', 'M0 5H28', 'minimum, maximum'],
  ['event', 'M14 0V10', 'event'],
  ['problem-line', 'M14 0V10', 'problem'],
] as const;

export function legend(): HTMLElement {
  const item = ([style, d, text]: (typeof MEANINGS)[number]): HTMLElement => {
    const line = drawing('svg', { viewBox: '0 0 28 10', width: 28, height: 10, 'aria-hidden': 'true' });
    if (style === 'dynos') {
      line.append(drawing('path', { class: 'dynos-area', d: 'M0 5H28V10H0Z' }));
    }
    line.append(drawing('path', { class: style, d }));
    return element('li', {}, line, text);
  };
  return element('ul', { class: 'legend', 'aria-label': 'Lines of the charts' }, ...MEANINGS.map(item));
}
