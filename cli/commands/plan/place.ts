/** A value at a place of untrusted JSON. Its errors name the place, and show numbers only: a text may be a job's data. */
import { UsageError } from '../../io/errors.js';
import { excerpt } from '../../io/untrusted.js';

export class Place {
  constructor(
    /** The file or URL, and the line. */
    private readonly source: string,
    private readonly path: string,
    private readonly value: unknown,
  ) {}

  get isNull(): boolean {
    return this.value === null;
  }

  get isMissing(): boolean {
    return this.value === undefined;
  }

  field(name: string): Place {
    const fields = this.#object();
    const path = this.path === '' ? name : `${this.path}.${name}`;
    return new Place(this.source, path, Object.hasOwn(fields, name) ? Reflect.get(fields, name) : undefined);
  }

  fields(): [name: string, place: Place][] {
    return Object.keys(this.#object()).map((name) => [name, this.field(name)]);
  }

  items(): Place[] {
    return this.#array().map((value, index) => new Place(this.source, `${this.path}[${index}]`, value));
  }

  pair(): [Place, Place] {
    const [one, other, ...more] = this.items();
    return one === undefined || other === undefined || more.length > 0
      ? this.fail('use a pair of numbers')
      : [one, other];
  }

  number(atLeast: number, atMost: number): number {
    const { value } = this;
    return typeof value === 'number' && value >= atLeast && value <= atMost
      ? value
      : this.fail(`use a number from ${atLeast} to ${atMost}`);
  }

  count(atMost: number): number {
    const count = this.number(0, atMost);
    return Number.isInteger(count) ? count : this.fail('use a whole number');
  }

  date(): Date {
    const date = new Date(typeof this.value === 'string' && UTC.test(this.value) ? this.value : NaN);
    return Number.isNaN(date.getTime()) ? this.fail('use a time such as "2026-11-29T10:00:00.000Z"') : date;
  }

  /** For another check. */
  get raw(): unknown {
    return this.value;
  }

  /** @throws UsageError */
  fail(cure: string): never {
    const place = this.path === '' ? '' : `${excerpt(this.path)} `;
    throw new UsageError(`${this.source}: ${place}is ${this.#kind()}: ${cure}`);
  }

  #object(): object {
    const { value } = this;
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? value : this.fail('use an object');
  }

  #array(): unknown[] {
    return Array.isArray(this.value) ? this.value : this.fail('use an array');
  }

  #kind(): string {
    const { value } = this;
    if (typeof value === 'number' || value === null) {
      return String(value);
    }
    return Array.isArray(value) ? 'an array' : (KINDS[typeof value] ?? 'missing');
  }
}

/** Until the year 9999, so hours later is a time too. */
const UTC = /^\d{4}-\d\d-\d\dT[\d:.]+Z$/;

const KINDS: Readonly<Record<string, string>> = { string: 'a text', boolean: 'true or false', object: 'an object' };
