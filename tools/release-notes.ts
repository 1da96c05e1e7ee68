/**
 * Prints a release's section of the changelog, and fails where tag, version and changelog do not agree:
 * `release-notes v1.2.3`.
 */
import { readFileSync } from 'node:fs';

const [tag = ''] = process.argv.slice(2);
const { version } = JSON.parse(readFileSync('package.json', 'utf8')) as { readonly version: string };

/** Every section of the changelog, the newest first: its title without brackets, and its text. */
const sections = readFileSync('CHANGELOG.md', 'utf8')
  .split(/^## /m)
  .slice(1)
  .map((section) => {
    const [title = '', ...lines] = section.split('\n');
    return { title: title.replace(/[[\]]/g, ''), text: lines.join('\n').trim() };
  });

const unreleased = sections.find(({ title }) => title === 'Unreleased');
const newest = sections.find((section) => section !== unreleased);

const problems = [
  tag !== `v${version}` && `The tag is "${tag}", but package.json has version ${version}: tag it v${version}.`,
  unreleased !== undefined &&
    unreleased.text !== '' &&
    `CHANGELOG.md has changes under [Unreleased]: move them below ## [${version}] - <date>.`,
  !(newest?.title.startsWith(`${version} - `) === true && / - \d{4}-\d{2}-\d{2}$/.test(newest.title)) &&
    `The newest section of CHANGELOG.md is "${newest?.title ?? ''}": it must be ## [${version}] - <date>.`,
  newest?.text === '' && `CHANGELOG.md says nothing of ${newest.title}.`,
].filter((problem) => problem !== false);

if (problems.length > 0) {
  process.stderr.write(`${problems.join('\n')}\n`);
  process.exitCode = 1;
} else {
  process.stdout.write(`${newest?.text ?? ''}\n`);
}
