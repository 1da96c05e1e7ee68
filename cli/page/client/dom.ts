/** Shorter ways to make and fill elements. */
type Attributes = Readonly<Record<string, string | number | boolean>>;
type Children = readonly (Node | string)[];

/** Leaves out attributes that are false. */
export function element<K extends keyof HTMLElementTagNameMap>(
  tag: K,
  attributes: Attributes = {},
  ...children: Children
): HTMLElementTagNameMap[K] {
  return filled(document.createElement(tag), attributes, children);
}

/** The same for pictures. */
export function drawing<K extends keyof SVGElementTagNameMap>(
  tag: K,
  attributes: Attributes = {},
  ...children: Children
): SVGElementTagNameMap[K] {
  return filled(document.createElementNS('http://www.w3.org/2000/svg', tag), attributes, children);
}

function filled<E extends Element>(made: E, attributes: Attributes, children: Children): E {
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
