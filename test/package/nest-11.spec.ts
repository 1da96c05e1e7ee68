import { testConsumers } from './consumers.js';

testConsumers(11, '~5.7.0');
