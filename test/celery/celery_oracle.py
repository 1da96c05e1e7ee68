"""Celery's own API, called by the tests."""
import os
import sys
from datetime import datetime, timedelta, timezone

sys.path.insert(0, os.path.join(os.path.dirname(__file__), '../other-languages'))
from oracle import serve  # noqa: E402  (before Celery, which reads the clock)

import time  # noqa: E402

from celery import Celery  # noqa: E402
from kombu import Exchange, Queue  # noqa: E402
from kombu.utils.json import loads  # noqa: E402

brokers = {}
app = connection = None
# What a worker holds: messages whose time has not come, and late acknowledged ones that it works on.
held, taken, foreign = [], {}, []


def use(port):
    global app, connection
    if port not in brokers:
        one = Celery(broker=f'redis://127.0.0.1:{port}/0')
        brokers[port] = (one, one.connection_for_read())
    app, connection = brokers[port]


def channel():
    return connection.default_channel


def is_later(headers):
    eta = headers['eta']
    return eta is not None and datetime.fromisoformat(eta).timestamp() > time.time()


def add(queue, delay=None, priority=None, task='task'):
    eta = datetime.fromtimestamp(time.time() + delay / 1000, timezone(timedelta(hours=5, minutes=30))) if delay else None
    options = {} if priority is None else {'priority': priority}
    # Its own arguments are no header.
    kwargs = {'eta': '2099-01-01T00:00:00'} if task == 'task' else {}
    app.send_task(task, kwargs=kwargs, queue=queue, eta=eta, **options)


def take(queue, late=False):
    """What a worker does: it reserves, and holds what is not due."""
    message = next((message for message in held if not is_later(message.headers)), None)
    if message:
        held.remove(message)
    else:
        while True:
            message = channel().basic_get(queue, no_ack=False)
            if message is None:
                return None
            if not is_later(message.headers):
                break
            held.append(message)
    if late:
        taken[message.delivery_tag] = message
    else:
        message.ack()
    return message.delivery_tag


def done(id):
    if id in taken:
        taken.pop(id).ack()


def expected(queue):
    redis = channel().client
    keys = [channel()._q_for_pri(queue, priority) for priority in channel().priority_steps]
    listed = [loads(message)['headers'] for key in keys for message in redis.lrange(key, 0, -1)]
    ready = [headers for headers in listed + [message.headers for message in held] if not is_later(headers)]
    return {'ready': [None] * (len(ready) + len(taken)), 'active': 0}


def reserve_with(transport, queue, priorities, exchange=None, exchange_type='direct', binding_key=None, routing_key=None, reserve=0):
    """Sends a message of each priority by another configuration, and reserves the first of them."""
    other = Celery(broker=app.conf.broker_url, broker_transport_options=transport)
    declared = Queue(queue, Exchange(exchange or queue, type=exchange_type), routing_key=binding_key or queue)
    other.conf.task_queues = [declared]
    with other.connection_for_write() as connected:
        declared(connected.default_channel).declare()
        for priority in priorities:
            with other.amqp.Producer(connected) as producer:
                other.send_task('task', exchange=exchange or queue, routing_key=routing_key or queue, priority=priority, producer=producer)
    reader = other.connection_for_read()
    for _ in range(reserve):
        foreign.append((reader, reader.default_channel.basic_get(queue, no_ack=False)))


def empty():
    held.clear()
    taken.clear()
    channel().client.flushdb()


serve(use, {
    'add': add,
    'add_many': lambda queue, options: [add(queue, **one) for one in options] and None,
    'take': take,
    'done': done,
    'expected': expected,
    'reserve_with': reserve_with,
    'empty': empty,
})
