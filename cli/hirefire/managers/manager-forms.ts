/** The settings of each type of manager, from the schema of hirefire.json, for a form. */
import * as z from 'zod/mini';
import { managerSchema, TYPES_OF_WEB } from './schema.js';

export interface Setting {
  readonly name: string;
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

/** A form has no time ranges: they are set in hirefire.json. */
export function managerForms(): ManagerForm[] {
  const { oneOf = [] } = z.toJSONSchema(managerSchema, { io: 'input' });
  return oneOf.map(({ properties = {} }) => {
    const { type: typeSchema, timeRanges: _, ...others } = properties;
    const type = String(partsOf(typeSchema).const);
    const settings = Object.entries(others).map(([name, schema]) => settingOf(name, schema));
    return { type, isForWeb: TYPES_OF_WEB.includes(type), settings };
  });
}

type Schema = z.core.JSONSchema._JSONSchema;

function partsOf(schema: Schema | undefined): z.core.JSONSchema.BaseSchema {
  return typeof schema === 'object' ? schema : {};
}

function settingOf(name: string, schema: Schema): Setting {
  const { description = '', type, enum: values = [], default: byDefault } = partsOf(schema);
  const isPlain = typeof byDefault === 'number' || typeof byDefault === 'boolean' || typeof byDefault === 'string';
  return {
    ...{ name, description },
    kind: values.length > 0 ? 'choice' : type === 'boolean' ? 'boolean' : 'number',
    choices: values.map(String),
    default: isPlain ? byDefault : null,
  };
}
