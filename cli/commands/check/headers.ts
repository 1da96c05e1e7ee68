/** Judges the headers of an answer: may caches store it, and which agent sent it? */
import type { IncomingHttpHeaders } from 'node:http';
import { PACKAGE_VERSION, RESOURCE, RESOURCE_HEADER } from '../../../lib/hirefire.protocol.js';
import { excerpt } from '../../io/untrusted.js';
import { ok, warn, worst, type Finding } from './result.js';

const CURE = "keep caches away from /hirefire, and leave the agent's cache-control as it is";

/** @param answersUnchanged - whether the app answers 304 to a request with its ETag */
export function cachingOf(headers: IncomingHttpHeaders, answersUnchanged: boolean, token: string): Finding {
  const cacheControl = headers['cache-control'];
  const seen = excerpt(
    [`cache-control: ${cacheControl ?? 'none'}`, ...(headers.age === undefined ? [] : [`age: ${headers.age}`])].join(
      ', ',
    ),
    token,
  );
  const findings: Finding[] = [];
  if (cacheControl === undefined) {
    findings.push(warn(`no cache-control, so a proxy may keep the numbers: ${CURE}`, seen));
  } else if (isCacheable(cacheControl)) {
    findings.push(warn(`a proxy may keep the numbers: ${CURE}`, seen));
  }
  if (headers.age !== undefined) {
    findings.push(warn(`the numbers came out of a cache: ${CURE}`, seen));
  }
  if (answersUnchanged) {
    findings.push(
      warn('the app answers 304 without numbers to a request with its ETag: turn ETags off for /hirefire', seen),
    );
  }
  return findings.length > 0 ? worst(findings) : ok('no cache may store the numbers', seen);
}

/** True if a shared cache may reuse the answer without asking the app (RFC 9111). */
function isCacheable(cacheControl: string): boolean {
  const directives = new Map(
    cacheControl
      .toLowerCase()
      .split(',')
      .map((directive) => directive.trim().split('='))
      .map(([name = '', value = '']) => [name, value.replaceAll('"', '')]),
  );
  if (['no-store', 'private', 'no-cache'].some((name) => directives.has(name))) {
    return false;
  }
  const age = directives.get('s-maxage') ?? directives.get('max-age');
  return age === undefined ? true : Number(age) !== 0;
}

export function agentOf(headers: IncomingHttpHeaders, token: string): Finding {
  const named = headers[RESOURCE_HEADER];
  if (named === undefined) {
    return warn(`no ${RESOURCE_HEADER} header: an unnamed agent, or none`);
  }
  const agent = excerpt(String(named), token);
  const [, platform, version] = /^([A-Za-z]+)-(\d+(?:\.\d+)*(?:-[\w.]+)?)$/.exec(agent) ?? [];
  if (platform === undefined || version === undefined) {
    return warn(`the agent calls itself "${agent}", not <platform>-<version>`, agent);
  }
  return RESOURCE.startsWith(`${platform}-`) && isOlder(version, PACKAGE_VERSION)
    ? warn(`${agent}, older than this ${PACKAGE_VERSION}: update nestjs-hirefire in the app, and deploy it`, agent)
    : ok(agent, agent);
}

function isOlder(version: string, than: string): boolean {
  const [mine = '', ...prerelease] = version.split('-');
  const [theirs = '', ...theirPrerelease] = than.split('-');
  const numbers = mine.split('.').map(Number);
  for (const [index, number] of theirs.split('.').map(Number).entries()) {
    if ((numbers[index] ?? 0) !== number) {
      return (numbers[index] ?? 0) < number;
    }
  }
  return prerelease.length > 0 && theirPrerelease.length === 0;
}
