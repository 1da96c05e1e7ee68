/** The form that changes a manager while the app runs. */
import type { Manager } from '../../hirefire/managers/schema.js';
import { MANAGER_PATH, SCALE_PATH, type ManagerChange, type ScaleByHand } from '../messages.js';
import { element, setText } from './dom.js';

/** The values of settings that are texts. */
const CHOICES: Readonly<Record<string, readonly string[]>> = { aggregation: ['average', 'percentile'] };

/** @returns the reason of a refusal, or an empty text */
async function post(path: string, body: ManagerChange | ScaleByHand): Promise<string> {
  try {
    const response = await fetch(path, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json' },
      body: JSON.stringify(body),
    });
    return response.ok ? '' : await response.text();
  } catch {
    return 'The run has ended, or does not answer.';
  }
}

/** `upscaleQuantity` -> `upscale quantity` */
function words(setting: string): string {
  return setting.replace(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`);
}

export class ManagerForm {
  readonly node: HTMLElement;
  readonly #fields = element('div', { class: 'fields' });
  readonly #error = element('p', { role: 'alert', class: 'problem' });
  readonly #done = element('p', { role: 'status', class: 'muted' });
  #manager: Manager;
  #shown = '';

  constructor(
    private readonly process: string,
    manager: Manager,
  ) {
    this.#manager = manager;
    const form = element(
      'form',
      {},
      element(
        'fieldset',
        {},
        element('legend', {}, `Manager of ${process}: ${manager.type}`),
        this.#fields,
        element('button', {}, `Change the manager of ${process}`),
        this.#error,
        this.#done,
      ),
    );
    form.addEventListener('submit', (event) => {
      event.preventDefault();
      void this.#submit();
    });
    this.node = element('details', {}, element('summary', {}, `Settings of ${process}`), form);
    this.show(manager);
  }

  /** Shows changes from other browsers, and keeps what the user is typing. */
  show(manager: Manager): void {
    const text = JSON.stringify(manager);
    if (text !== this.#shown) {
      this.#shown = text;
      this.#manager = manager;
      this.#fields.replaceChildren(...Object.entries(manager).flatMap(([name, value]) => field(name, value) ?? []));
    }
  }

  async #submit(): Promise<void> {
    const settings = Object.entries(this.#manager).map(([name, value]: [string, unknown]) => {
      const input = this.#fields.querySelector<HTMLInputElement | HTMLSelectElement>(`[name="${name}"]`);
      return [name, input ? valueOf(input, value) : value] as const;
    });
    const manager = { ...this.#manager, ...Object.fromEntries(settings) };
    const problem = await post(MANAGER_PATH, { process: this.process, manager });
    setText(this.#error, problem);
    setText(this.#done, problem === '' ? 'Changed: the next checkup decides by it.' : '');
  }
}

function field(name: string, value: unknown): HTMLElement | undefined {
  if (typeof value === 'boolean') {
    return element('label', {}, element('input', { type: 'checkbox', name, checked: value }), ` ${words(name)}`);
  }
  if (typeof value === 'number') {
    const input = element('input', { type: 'number', name, value, min: 0, step: 'any', required: true });
    return element('label', {}, words(name), input);
  }
  const choices = CHOICES[name];
  if (choices) {
    const options = choices.map((choice) => element('option', { selected: choice === value }, choice));
    return element('label', {}, words(name), element('select', { name }, ...options));
  }
  // The type can't be changed, and time ranges are set in hirefire.json.
  return undefined;
}

function valueOf(input: HTMLInputElement | HTMLSelectElement, before: unknown): unknown {
  if (input instanceof HTMLInputElement && typeof before === 'boolean') {
    return input.checked;
  }
  return typeof before === 'number' ? Number(input.value) : input.value;
}

/** Buttons that add a dyno and take one away. */
export class DynoButtons {
  readonly node: HTMLElement;
  readonly #error = element('p', { role: 'alert', class: 'problem' });
  #dynos = 0;

  constructor(private readonly process: string) {
    const button = (text: string, change: number): HTMLElement => {
      const made = element('button', { type: 'button' }, text);
      made.addEventListener('click', () => void this.#scale(change));
      return made;
    };
    this.node = element(
      'div',
      { class: 'buttons', role: 'group', 'aria-label': `Dynos of ${process} by hand` },
      button(`Add one ${process} dyno`, 1),
      button(`Remove one ${process} dyno`, -1),
      this.#error,
    );
  }

  show(dynos: number): void {
    this.#dynos = dynos;
  }

  async #scale(change: number): Promise<void> {
    const dynos = Math.max(this.#dynos + change, 0);
    const problem = await post(SCALE_PATH, { process: this.process, dynos });
    setText(this.#error, problem);
    if (problem === '') {
      this.#dynos = dynos;
    }
  }
}
