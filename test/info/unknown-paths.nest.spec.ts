import { describeUnknownPaths } from '../support/http-unknown-paths.js';

describeUnknownPaths(400);
