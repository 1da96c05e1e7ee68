/** Sends a change to the command. */
import type { ChangeBodies } from '../messages.js';
import { element, setText } from './dom.js';

export interface PostAnswer {
  /** 0: there was none. */
  readonly status: number;
  readonly isFine: boolean;
  readonly text: string;
}

export async function post<P extends keyof ChangeBodies>(path: P, body: ChangeBodies[P]): Promise<PostAnswer> {
  try {
    const response = await fetch(path, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json' },
      body: JSON.stringify(body),
    });
    return { status: response.status, isFine: response.ok, text: await response.text() };
  } catch {
    return { status: 0, isFine: false, text: 'The run has ended, or does not answer.' };
  }
}

/** Shows how a change went, also to a screen reader. */
export class Outcome {
  readonly #error = element('span', { role: 'alert', class: 'problem' });
  readonly #done = element('span', { role: 'status', class: 'muted' });
  readonly nodes: readonly HTMLElement[] = [this.#error, this.#done];

  /** @param done - shown if all went well */
  show({ isFine, text }: PostAnswer, done = text): void {
    setText(this.#error, isFine ? '' : text);
    setText(this.#done, isFine ? done : '');
  }
}
