/** Parses `--manager worker=job-queue-size,ratio=5,maximum=10`, with the checks of hirefire.json. */
import { UsageError } from '../../io/errors.js';
import { checked } from './checked.js';
import { managersSchema, type Manager } from './schema.js';

/** @throws UsageError with a line per wrong field */
export function parseManagerFlag(text: string): readonly [name: string, manager: Manager] {
  const [, name, type, rest = ''] = /^([^=,]+)=([^=,]+)(?:,(.*))?$/s.exec(text) ?? [];
  if (name === undefined || type === undefined) {
    throw new UsageError(
      `--manager "${text}": use <process>=<type>,<setting>=<value>, such as worker=job-queue-size,ratio=5`,
    );
  }
  const settings = rest === '' ? [] : rest.split(',').map((setting) => assignment(setting, text));
  const twice = settings.find(([key], index) => settings.findIndex(([other]) => other === key) !== index);
  if (twice !== undefined) {
    throw new UsageError(`--manager "${text}": ${twice[0]} is given twice: remove one of them`);
  }
  const managers = checked(managersSchema, { [name]: { ...Object.fromEntries(settings), type } }, '--manager');
  const [manager] = Object.entries(managers);
  if (manager === undefined) {
    throw new UsageError(`--manager "${text}": "${name}" can't name a process`);
  }
  return manager;
}

function assignment(setting: string, flag: string): [key: string, value: unknown] {
  const [, key, value] = /^([^=]+)=(.+)$/s.exec(setting) ?? [];
  if (key === undefined || value === undefined || key === 'type') {
    throw new UsageError(`--manager "${flag}": "${setting}" is not <setting>=<value>, such as ratio=5`);
  }
  if (value === 'true' || value === 'false') {
    return [key, value === 'true'];
  }
  return [key, /^-?\d+(?:\.\d+)?$/.test(value) ? Number(value) : value];
}
