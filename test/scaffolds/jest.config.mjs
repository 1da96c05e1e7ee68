/** The documentation's code in projects of the official CLI: `npm run test:scaffolds`. */
import root from '../package/jest.config.mjs';

export default { ...root, displayName: 'scaffolds', testTimeout: 300_000 };
