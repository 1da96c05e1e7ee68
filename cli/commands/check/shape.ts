/** Checks whether HireFire can use the numbers. */
import { PROC_NAME_PATTERN, WEB_PROC_NAME } from '../../../lib/hirefire.protocol.js';
import { excerpt, jsonText, recordOf } from '../../io/untrusted.js';
import { isNumberOfJobs } from '../../hirefire/poll.js';
import { fail, ok, warn, worst, type Finding } from './result.js';

/** Processes that one message lists. */
const MAX_LISTED = 20;

type Process = Readonly<Record<string, unknown>>;

export interface Shape {
  readonly finding: Finding;
  /** The usable names of processes. */
  readonly names: readonly string[];
}

/** @param answer - JSON, parsed */
export function shapeOf(answer: unknown, token: string): Shape {
  if (!Array.isArray(answer)) {
    const seen = excerpt(jsonText(answer), token);
    return { finding: fail('the answer is JSON, but not an array of processes: see the agent', seen), names: [] };
  }
  const processes = answer.map(recordOf);
  const print = (value: unknown): string => excerpt(jsonText(value), token);
  const byName = new Map<string, Process[]>();
  for (const process of processes) {
    const { name } = process;
    if (typeof name === 'string' && PROC_NAME_PATTERN.test(name)) {
      byName.set(name, [...(byName.get(name)?.slice(0, 1) ?? []), process]);
    }
  }
  const findings = processes.flatMap((process) => problemsOf(process, print));
  for (const [name, same] of byName) {
    if (same.length > 1) {
      findings.push(fail(`"${name}" is there twice: HireFire takes one number per process`, print(same)));
    }
  }
  if (processes.length === 0) {
    findings.push(warn('no process at all: declare a proc for each worker of the Procfile'));
  }
  const listed = processes
    .slice(0, MAX_LISTED)
    .map(({ name, value, quantity }) => `${print(name)} ${print(value ?? quantity)}`);
  const more = processes.length > MAX_LISTED ? ` and ${processes.length - MAX_LISTED} more` : '';
  return {
    finding: findings.length > 0 ? worst(limited(findings)) : ok(`${listed.join(', ')}${more}`.replaceAll('"', '')),
    names: [...byName.keys()],
  };
}

function limited(findings: readonly Finding[]): readonly Finding[] {
  const failures = findings.filter(({ status }) => status === 'fail');
  return (failures.length > 0 ? failures : findings).slice(0, MAX_LISTED);
}

function problemsOf(process: Process, print: (value: unknown) => string): Finding[] {
  const { name, value, quantity } = process;
  const seen = print(process);
  const findings: Finding[] = [];
  if (name === undefined || name === null || name === '') {
    findings.push(fail('a process has no name: give it its name in the Procfile', seen));
  } else if (typeof name !== 'string' || !PROC_NAME_PATTERN.test(name)) {
    const allowed = 'a letter first, then letters, digits, - and _, at most 63';
    findings.push(fail(`${print(name)} can't be a process of a Procfile: ${allowed}`, seen));
  } else if (name === WEB_PROC_NAME) {
    findings.push(warn('"web" is scaled by request queue time or the like, never by a job queue: leave it out', seen));
  }
  for (const [key, number] of Object.entries({ value, quantity })) {
    if (key in process && !isNumberOfJobs(number)) {
      findings.push(fail(`${key} of ${print(name)} is ${print(number)}: use a number of at least 0`, seen));
    }
  }
  if (!('value' in process) && !('quantity' in process)) {
    findings.push(fail(`${print(name)} has no value: give it a number of at least 0`, seen));
  } else if (isNumberOfJobs(value) && isNumberOfJobs(quantity) && value !== quantity) {
    findings.push(warn(`quantity and value of ${print(name)} differ: HireFire may take either`, seen));
  }
  return findings;
}
