/** The findings of npm that turn CI red. */
import { describe, expect, it } from '@jest/globals';
import { findingsOf, type Audit } from '../../tools/audit.js';

const BUNDLED = ['node_modules/commander', 'node_modules/zod'];

const audit = (name: string, severity: string, ...nodes: string[]): Audit => ({
  vulnerabilities: {
    [name]: { severity, via: [{ title: 'It is bad.', url: 'https://advisory', severity }], nodes },
    parent: { severity, via: [name], nodes: ['node_modules/parent'] },
  },
});

describe('an audit', () => {
  it.each([
    ['commander', 'low', 'node_modules/commander', 'commander (low, bundled): It is bad. https://advisory'],
    ['jest', 'high', 'node_modules/jest', 'jest (high): It is bad. https://advisory'],
    ['multer', 'critical', 'sample/bull/node_modules/multer', 'multer (critical): It is bad. https://advisory'],
  ])('is red for %s, %s, in %s', (name, severity, node, line) => {
    expect(findingsOf(audit(name, severity, node), BUNDLED)).toEqual([line]);
  });

  it.each([
    ['a package that builds, and no serious case', 'jest', 'moderate', 'node_modules/jest'],
    ['another copy of a bundled package', 'commander', 'low', 'node_modules/@nestjs/cli/node_modules/commander'],
    ['an older Nest to test on', 'multer', 'critical', 'test/nest-10/node_modules/multer'],
  ])('is green for %s', (_, name, severity, node) => {
    expect(findingsOf(audit(name, severity, node), BUNDLED)).toEqual([]);
  });

  it('is red, with the reason, where the registry does not answer', () => {
    expect(() => findingsOf({ message: '405 Method Not Allowed' }, BUNDLED)).toThrow(
      'the registry answered no audit: 405 Method Not Allowed',
    );
  });
});
