export { RabbitMQProc, type RabbitMQManagement } from './rabbitmq.proc.js';
export type {
  AmqpChannel,
  AmqpConnection,
  AmqpManager,
  GolevelupConnection,
  NestTransport,
  RabbitMQConnection,
} from './rabbitmq-connection.js';
