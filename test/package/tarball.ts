import { dirname } from 'node:path';

/** The package as npm would publish it; tools/pack.ts makes it. */
export const TARBALL = process.env.PACKAGE_TARBALL ?? missing();

/** Holds the tarball and everything that is made from it, and is removed after the run. */
export const WORK_FOLDER = dirname(TARBALL);

function missing(): never {
  throw new Error('Run this through `npm run test:package`: it packs the tarball that is tested here.');
}
