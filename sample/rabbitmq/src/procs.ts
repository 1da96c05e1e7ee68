import { Inject } from '@nestjs/common';
import type { AmqpConnectionManager } from 'amqp-connection-manager';
import { HireFireProc } from 'nestjs-hirefire';
import { RabbitMQProc, type RabbitMQManagement } from 'nestjs-hirefire/rabbitmq';
import { RABBITMQ } from './rabbitmq.module.js';

/** Knows of unacknowledged messages too: those that a worker is busy with. AMQP itself tells of waiting ones only. */
const MANAGEMENT: RabbitMQManagement = {
  management: process.env.RABBITMQ_MANAGEMENT_URL ?? 'http://guest:guest@127.0.0.1:15672',
  vhost: process.env.RABBITMQ_VHOST ?? '/',
};

/** Tells HireFire how much there is to do for `compress`, the process of that name in the Procfile. */
@HireFireProc('compress')
export class CompressProc extends RabbitMQProc {
  constructor(@Inject(RABBITMQ) connection: AmqpConnectionManager) {
    super(connection, MANAGEMENT, 'compress');
  }
}

@HireFireProc('digest')
export class DigestProc extends RabbitMQProc {
  constructor(@Inject(RABBITMQ) connection: AmqpConnectionManager) {
    super(connection, MANAGEMENT, 'digest');
  }
}
