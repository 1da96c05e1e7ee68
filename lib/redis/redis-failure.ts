import { Causes, networkCauses } from '../procs/network-causes.js';

/** The causes of a Redis's failures, by code and by the first word of an error reply. */
export const REDIS_CAUSES = new Causes(
  networkCauses('Redis', ['rediss:', 'redis:'], "Heroku's Redis needs it, tls: { rejectUnauthorized: false }"),
  {
    ENOENT: 'no such socket: its URL must begin with redis: or rediss:',
    PROTOCOL: 'what answers is no Redis: look at the port',
    WRONGPASS: 'it refuses the user name or the password',
    NOAUTH: 'it asks for a password',
    NOPASSWORD: 'it has no password, but is given one',
    NOINFO:
      'its user may not run INFO and TIME, without which a replica that lacks its data looks empty: ACL SETUSER <user> +info +time',
    NOPERM: 'its user may not do that',
    MAXCLIENTS: 'it has as many clients as it takes (maxclients)',
  },
  {
    ETIMEDOUT: 'its host does not answer: look at rediss: or redis: in its URL, and at the port',
    LOADING: 'it is loading its data',
    MASTERDOWN: 'it is a replica without its master',
    CLUSTERDOWN: 'the Cluster is down',
    TRYAGAIN: 'the Cluster is moving a queue to another master',
    WRONGTYPE: 'a key of the queue has the wrong type',
    UNACKED: 'workers hold more unacknowledged messages than can be looked at',
    NOTSYNCED: 'it is a replica that is not in sync with its master',
  },
  (message) => [
    ...(/\b[A-Z]{5,}\b/.exec(message)?.slice(0, 1) ?? []),
    ...(/^Protocol error|unknown RESP type/i.test(message) ? ['PROTOCOL'] : []),
    ...(message.includes('max number of clients') ? ['MAXCLIENTS'] : []),
    ...(/invalid password|invalid username/.test(message) ? ['WRONGPASS'] : []),
    ...(message.includes('without any password configured') ? ['NOPASSWORD'] : []),
  ],
);
