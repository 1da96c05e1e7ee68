/** Elements with less ceremony. */
type Attributes = Readonly<Record<string, string | number | boolean>>;

/** An element; an attribute that is false is left out. */
export function element<K extends keyof HTMLElementTagNameMap>(
  tag: K,
  attributes: Attributes = {},
  ...children: readonly (Node | string)[]
): HTMLElementTagNameMap[K] {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value !== false) {
      made.setAttribute(name, value === true ? '' : `${value}`);
    }
  }
  made.append(...children);
  return made;
}

/** Says it, unless it is said already: so nothing that did not change is read out again. */
export function say(where: Node, text: string): void {
  if (where.textContent !== text) {
    where.textContent = text;
  }
}

export function clock(seconds: number): string {
  const parts = [Math.floor(seconds / 60), Math.floor(seconds % 60)].map((part) => `${part}`.padStart(2, '0'));
  return parts.join(':');
}

export { amount } from '../../hirefire/managers/kinds.js';

export function dollars(value: number): string {
  return `$${value.toFixed(value < 1 ? 4 : 2)}`;
}
