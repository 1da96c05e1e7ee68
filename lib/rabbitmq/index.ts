export { RabbitMQProc, type RabbitMQManagement } from './rabbitmq.proc.js';
export type { Late } from '../procs/late.js';
export type {
  AmqpChannel,
  AmqpConnection,
  AmqpManager,
  GolevelupConnection,
  NestClient10,
  NestTransport,
  RabbitMQConnection,
} from './rabbitmq-connection.js';
