export { HireFireMetrics } from './hirefire-metrics.js';
