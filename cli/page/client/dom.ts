/** Shorter ways to make and fill elements. */
type Attributes = Readonly<Record<string, string | number | boolean>>;

/** Leaves out attributes that are false. */
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

/** Sets the text only when it changed, so screen readers stay quiet. */
export function setText(where: Node, text: string): void {
  if (where.textContent !== text) {
    where.textContent = text;
  }
}
