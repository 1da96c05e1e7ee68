import { testConsumers } from './consumers.js';

testConsumers(12, '~6.0.0');
