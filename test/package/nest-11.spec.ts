import { testConsumers } from './consumers.js';

testConsumers(11, '~5.9.0');
