export { RabbitMQProc, type RabbitMQManagement } from './rabbitmq.proc.js';
export type { RabbitMQConnection } from './rabbitmq-connection.js';
