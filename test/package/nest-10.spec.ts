import { testConsumers } from './consumers.js';

testConsumers(10, '~5.1.0');
