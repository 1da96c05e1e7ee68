import { Inject } from '@nestjs/common';
import type { AmqpConnectionManager } from 'amqp-connection-manager';
import { HireFireProc } from 'nestjs-hirefire';
import { RabbitMQProc, type RabbitMQManagement } from 'nestjs-hirefire/rabbitmq';
import { RABBITMQ } from './rabbitmq.module.js';

/** Counts unacknowledged messages too, which workers are busy with. AMQP shows waiting ones only. */
const MANAGEMENT: RabbitMQManagement = {
  management: process.env.RABBITMQ_MANAGEMENT_URL ?? 'http://guest:guest@127.0.0.1:15672',
  vhost: process.env.RABBITMQ_VHOST ?? '/',
};

/** Reports to HireFire the jobs for `compress`, a process of the Procfile. */
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
