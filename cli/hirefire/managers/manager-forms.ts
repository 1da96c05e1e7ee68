/** The settings of each type of manager, from the schema of hirefire.json, for a form. */
import * as z from 'zod/mini';
import { managerSchema, TYPES_OF_WEB } from './schema.js';

export interface Setting {
  readonly name: string;
  /** With its unit, such as `upscale timeout (minutes)`. */
  readonly label: string;
  readonly description: string;
  readonly kind: 'number' | 'boolean' | 'choice';
  /** The values of a choice. */
  readonly choices: readonly string[];
  /** Null: it must be given. */
  readonly default: number | boolean | string | null;
}

export interface ManagerForm {
  readonly type: string;
  readonly isForWeb: boolean;
  readonly settings: readonly Setting[];
}

/** Units by the ends of the settings' names. */
const UNITS: readonly (readonly [end: RegExp, unit: string])[] = [
  [/Sensitivity$/, 'checkups in a row'],
  [/Timeout$/, 'minutes'],
  [/Latency$/, 'seconds'],
  [/(?:Queue|Response)Time$/, 'ms'],
  [/(?:Quantity|^minimum|^maximum)$/, 'dynos'],
  [/Limit$/, 'dynos, 0: no limit'],
  [/^percentile$/, '%'],
];
const RATIO_UNITS: Readonly<Record<string, string>> = {
  'job-queue-size': 'jobs per dyno',
  'requests-per-minute': 'requests a minute per dyno',
};

/** A form has no time ranges, and no option of the proc: they are set in hirefire.json. */
export function managerForms(): ManagerForm[] {
  const { oneOf = [] } = z.toJSONSchema(managerSchema, { io: 'input' });
  return oneOf.map(({ properties = {} }) => {
    const { type: typeSchema, timeRanges: _ranges, protect: _protect, ...others } = properties;
    const type = String(partsOf(typeSchema).const);
    const settings = Object.entries(others).map(([name, schema]) => settingOf(name, type, schema));
    return { type, isForWeb: TYPES_OF_WEB.includes(type), settings };
  });
}

type Schema = z.core.JSONSchema._JSONSchema;

function partsOf(schema: Schema | undefined): z.core.JSONSchema.BaseSchema {
  return typeof schema === 'object' ? schema : {};
}

function settingOf(name: string, managerType: string, schema: Schema): Setting {
  const { description = '', type, enum: values = [], default: byDefault } = partsOf(schema);
  const isPlain = typeof byDefault === 'number' || typeof byDefault === 'boolean' || typeof byDefault === 'string';
  return {
    ...{ name, label: labelOf(name, managerType), description },
    kind: values.length > 0 ? 'choice' : type === 'boolean' ? 'boolean' : 'number',
    choices: values.map(String),
    default: isPlain ? byDefault : null,
  };
}

function labelOf(name: string, managerType: string): string {
  const words = name.replace(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`);
  const unit = name === 'ratio' ? RATIO_UNITS[managerType] : UNITS.find(([end]) => end.test(name))?.[1];
  return unit === undefined ? words : `${words} (${unit})`;
}
