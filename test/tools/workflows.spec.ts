/** The promises of the workflows: pinned actions, and a release that is tested before a job without any other code publishes it. */
import { describe, expect, it } from '@jest/globals';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';

interface Job {
  readonly needs?: string;
  readonly permissions?: Readonly<Record<string, string>>;
  readonly steps: readonly { readonly uses?: string; readonly run?: string }[];
}

const FOLDER = '.github/workflows';
const jobsOf = (file: string): ReadonlyMap<string, Job> => {
  const { jobs } = parse(readFileSync(join(FOLDER, file), 'utf8')) as { readonly jobs: Readonly<Record<string, Job>> };
  return new Map(Object.entries(jobs));
};
const actionsOf = ({ steps }: Job): string[] => steps.flatMap(({ uses }) => uses ?? []);
const runsOf = ({ steps }: Job): string[] => steps.flatMap(({ run }) => run ?? []);

describe.each(readdirSync(FOLDER))('%s', (file) => {
  it('pins each action by its commit', () => {
    const actions = [...jobsOf(file).values()].flatMap(actionsOf);
    expect(actions).not.toEqual([]);
    expect(actions.filter((action) => !/^[\w-]+\/[\w-]+@[0-9a-f]{40}$/.test(action))).toEqual([]);
  });
});

describe('a release', () => {
  const jobs = [...jobsOf('release.yml')];
  const publishers = jobs.filter(([, { permissions }]) => permissions?.['id-token'] === 'write');

  it('is published with provenance by one job, which receives the tarball and runs nothing else', () => {
    expect(publishers.map(([, job]) => runsOf(job))).toEqual([
      ['npm publish ./nestjs-hirefire-*.tgz --provenance --access public --ignore-scripts'],
    ]);
    const actions = publishers.flatMap(([, job]) => actionsOf(job)).map((action) => action.replace(/@.*/, ''));
    expect(actions).toEqual(['actions/setup-node', 'actions/download-artifact']);
  });

  it('is packed by the job before, after release-notes has agreed and the tests have passed', () => {
    const [before] = publishers.map(([, { needs }]) => needs);
    const [, packer] = jobs.find(([name]) => name === before) ?? [];
    const runs = packer === undefined ? [] : runsOf(packer);
    const places = [/release-notes\.ts/, /\.ci\/run tests package$/, /^npm pkg set repository/, /^npm pack /].map(
      (command) => runs.findIndex((run) => command.test(run)),
    );
    expect(places).not.toContain(-1);
    expect(places).toEqual([...places].sort((one, other) => one - other));
    expect(packer?.permissions).toBeUndefined();
  });
});
