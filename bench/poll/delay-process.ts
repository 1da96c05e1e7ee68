/** The proxy as a process: its arguments are the port to connect to, and the ms each direction. Reports its own port. */
import { once } from 'node:events';
import { report } from '../support/child.js';
import { portOf } from '../support/ports.js';
import { DelayProxy } from './delay.js';

const [, , port, delay] = process.argv;
const server = new DelayProxy(Number(port), Number(delay)).createServer().listen(0, '127.0.0.1');
await once(server, 'listening');
report(portOf(server));
