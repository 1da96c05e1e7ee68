/** The form that changes a manager while the app runs, or sets the first one of a process. */
import type { ManagerForm as Form, Setting } from '../../hirefire/managers/manager-forms.js';
import type { Manager } from '../../hirefire/managers/schema.js';
import { MANAGER_PATH } from '../messages.js';
import { element } from './dom.js';
import { Outcome, post } from './post.js';

const NOTHING = 'no manager';

export class ManagerForm {
  readonly node: HTMLElement;
  readonly #fields = element('div', { class: 'fields' });
  readonly #type: HTMLSelectElement;
  readonly #outcome = new Outcome();
  #manager: Manager | undefined;
  #shown: string | undefined;
  /** The fields as they were shown or sent last. */
  #sent: string | undefined;

  /** @param forms - the types that the process can have */
  constructor(
    private readonly process: string,
    private readonly forms: readonly Form[],
  ) {
    this.#type = element('select', { name: 'type' }, element('option', { value: '', disabled: true }, NOTHING));
    this.#type.append(...forms.map(({ type }) => element('option', {}, type)));
    this.#type.addEventListener('change', () => this.#showFields());
    const form = element(
      'form',
      {},
      element(
        'fieldset',
        {},
        element('legend', {}, `Manager of ${process}`),
        element('div', { class: 'fields' }, element('label', {}, 'type', this.#type)),
        this.#fields,
        element(
          'div',
          { class: 'buttons' },
          element('button', {}, `Change the manager of ${process}`),
          ...this.#outcome.nodes,
        ),
      ),
    );
    form.addEventListener('submit', (event) => {
      event.preventDefault();
      void this.#submit();
    });
    this.node = element('details', {}, element('summary', {}, `Settings of ${process}`), form);
  }

  /** Shows changes from other browsers, and keeps what the user is typing. */
  show(manager: Manager | undefined): void {
    const text = JSON.stringify(manager ?? null);
    if (text !== this.#shown) {
      this.#shown = text;
      this.#manager = manager;
      this.#type.value = manager?.type ?? '';
      this.#showFields();
      this.#sent = JSON.stringify(this.#entered());
    }
  }

  get hasUnsentChanges(): boolean {
    return JSON.stringify(this.#entered()) !== this.#sent;
  }

  get #settings(): readonly Setting[] {
    return this.forms.find(({ type }) => type === this.#type.value)?.settings ?? [];
  }

  #showFields(): void {
    const now = new Map<string, unknown>(Object.entries(this.#manager ?? {}));
    this.#fields.replaceChildren(
      ...this.#settings.map((setting) => field(setting, now.get(setting.name) ?? setting.default)),
    );
  }

  #entered(): object {
    const values = this.#settings.map(({ name, kind }) => {
      const input = this.#fields.querySelector<HTMLInputElement | HTMLSelectElement>(`[name="${name}"]`);
      return [name, input && valueOf(input, kind)] as const;
    });
    const { timeRanges = [], ...others } = this.#manager ?? {};
    const hidden = 'protect' in others ? { timeRanges, protect: others.protect } : { timeRanges };
    return { type: this.#type.value, ...Object.fromEntries(values), ...hidden };
  }

  async #submit(): Promise<void> {
    const manager = this.#entered();
    const answer = await post(MANAGER_PATH, { process: this.process, manager });
    if (answer.isFine) {
      this.#sent = JSON.stringify(manager);
    }
    this.#outcome.show(answer, 'Changed: the next checkup decides by it.');
  }
}

function field({ name, label, kind, choices, description }: Setting, value: unknown): HTMLElement {
  const attributes = { name, title: description };
  switch (kind) {
    case 'boolean': {
      const box = element('input', { type: 'checkbox', ...attributes, checked: value === true });
      return element('label', {}, box, ` ${label}`);
    }
    case 'choice': {
      const options = choices.map((choice) => element('option', { selected: choice === value }, choice));
      return element('label', {}, label, element('select', attributes, ...options));
    }
    case 'number': {
      const number = {
        type: 'number',
        min: 0,
        step: 'any',
        required: true,
        value: typeof value === 'number' ? value : '',
      };
      return element('label', {}, label, element('input', { ...attributes, ...number }));
    }
  }
}

function valueOf(input: HTMLInputElement | HTMLSelectElement, kind: Setting['kind']): unknown {
  if (kind === 'boolean') {
    return input instanceof HTMLInputElement && input.checked;
  }
  return kind === 'number' ? Number(input.value) : input.value;
}
