/** RabbitMQProc against one real server, by both of its ways. */
import { afterAll } from '@jest/globals';
import { RabbitMQServer } from '../../tools/rabbitmq-server.js';
import { jobsContract } from '../contract/jobs/contract.js';
import { connections } from './connections.js';
import { managementApi } from './management-api.js';
import { queues } from './queues.js';
import { Hands, RabbitMQDriver } from './rabbitmq-driver.js';
import { serverFaults } from './server-faults.js';
import { stoppedWorker } from './stopped-worker.js';

const server = await RabbitMQServer.start();
const hands = await Hands.of(server);
afterAll(() => server.stop());

jobsContract(new RabbitMQDriver(hands, 'AMQP'));
jobsContract(new RabbitMQDriver(hands, 'management API'));
queues(hands);
connections(hands);
managementApi(hands);
stoppedWorker(hands);
// The last, because it kills the server.
serverFaults(hands);
