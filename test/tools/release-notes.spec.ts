/** A release is published only where tag, version and changelog agree. */
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { builtScript } from '../support/script.js';

const CHANGELOG =
  '# Changelog\n\n## [Unreleased]\n\n## [1.2.0] - 2026-11-25\n\n- New.\n\n## [1.1.0] - 2026-01-01\n\n- Old.\n';

const script = builtScript('tools/release-notes.ts');
let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'nestjs-hirefire-release-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

async function release(tag: string, version: string, changelog: string) {
  await writeFile(join(folder, 'package.json'), JSON.stringify({ version }));
  await writeFile(join(folder, 'CHANGELOG.md'), changelog);
  return new Promise<{ ok: boolean; stdout: string; stderr: string }>((done) => {
    execFile(process.execPath, [script, tag], { cwd: folder }, (error, stdout, stderr) =>
      done({ ok: error === null, stdout, stderr }),
    );
  });
}

describe('release-notes', () => {
  it('prints what the changelog says of the release', async () => {
    expect(await release('v1.2.0', '1.2.0', CHANGELOG)).toEqual({ ok: true, stdout: '- New.\n', stderr: '' });
  });

  it.each([
    [
      'a tag of another version',
      'v1.3.0',
      '1.2.0',
      CHANGELOG,
      'The tag is "v1.3.0", but package.json has version 1.2.0',
    ],
    ['a tag without its v', '1.2.0', '1.2.0', CHANGELOG, 'tag it v1.2.0'],
    ['no tag', '', '1.2.0', CHANGELOG, 'The tag is ""'],
    [
      'a version that the changelog lacks',
      'v1.3.0',
      '1.3.0',
      CHANGELOG,
      'newest section of CHANGELOG.md is "1.2.0 - 2026-11-25"',
    ],
    [
      'a version that is only a part of the newest',
      'v1.2.0',
      '1.2.0',
      CHANGELOG.replace('1.2.0', '1.2.0-rc.1'),
      'newest section',
    ],
    [
      'a section without a date',
      'v1.2.0',
      '1.2.0',
      CHANGELOG.replace(' - 2026-11-25', ''),
      'it must be ## [1.2.0] - <date>',
    ],
    [
      'changes that are in no release',
      'v1.2.0',
      '1.2.0',
      CHANGELOG.replace('ed]\n', 'ed]\n\n- More.\n'),
      'changes under [Unreleased]',
    ],
    [
      'a section without a text',
      'v1.2.0',
      '1.2.0',
      CHANGELOG.replace('- New.\n', ''),
      'says nothing of 1.2.0 - 2026-11-25',
    ],
    ['an empty changelog', 'v1.2.0', '1.2.0', '', 'newest section of CHANGELOG.md is ""'],
  ])('refuses %s', async (_, tag, version, changelog, reason) => {
    const { ok, stdout, stderr } = await release(tag, version, changelog);

    expect({ ok, stdout }).toEqual({ ok: false, stdout: '' });
    expect(stderr).toContain(reason);
  });
});
