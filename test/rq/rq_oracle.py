"""RQ's own API, called by the tests."""
import os
import sys
from datetime import timedelta

sys.path.insert(0, os.path.join(os.path.dirname(__file__), '../other-languages'))
from oracle import serve  # noqa: E402  (before RQ, which reads the clock)

from redis import Redis  # noqa: E402
from rq import Queue, Retry, Worker, suspension  # noqa: E402
from rq.job import Job  # noqa: E402
from rq.registry import FailedJobRegistry, ScheduledJobRegistry, StartedJobRegistry  # noqa: E402
from rq.scheduler import RQScheduler  # noqa: E402
from rq.utils import current_timestamp  # noqa: E402

servers = {}
redis = None
taken = {}


def use(port):
    global redis
    redis = servers.setdefault(port, Redis(port=port))


def job_of(id):
    return Job.fetch(id, connection=redis)


def add(queue, delay=None, lifo=False, attempts=1, intervals=None, depends_on=None, func='builtins.print'):
    q = Queue(queue, connection=redis)
    options = {'at_front': lifo}
    if attempts > 1:
        options['retry'] = Retry(max=attempts - 1, interval=intervals or 0)
    if depends_on:
        options['depends_on'] = depends_on
    if delay:
        return q.enqueue_in(timedelta(milliseconds=delay), func, **options).id
    return q.enqueue(func, **options).id


def add_many(queue, options):
    return [add(queue, **one) for one in options]


def take(queue):
    if suspension.is_suspended(redis):
        return None
    q = Queue(queue, connection=redis)
    found = Queue.dequeue_any([q], None, connection=redis)
    if found is None:
        return None
    job, q = found
    worker = Worker([q], connection=redis)
    worker.prepare_job_execution(job)
    taken[job.id] = (job, q, worker)
    return job.id


def complete(id):
    job, q, worker = taken.pop(id)
    job.started_at = job.ended_at = job.last_heartbeat
    worker.handle_job_success(job, q, q.started_job_registry)


def fail(id):
    job, q, worker = taken.pop(id)
    worker.handle_job_failure(job, q, q.started_job_registry, 'failed by the test')


def jobs(queue, state):
    q = Queue(queue, connection=redis)
    if state == 'waiting':
        return q.job_ids
    registry = {'delayed': ScheduledJobRegistry, 'failed': FailedJobRegistry}[state]
    return registry(queue=q).get_job_ids()


def expected(queue):
    """Ready jobs, with the time since when each is, and active ones."""
    q = Queue(queue, connection=redis)
    now = current_timestamp()
    started = StartedJobRegistry(queue=q)
    abandoned = started.get_expired_job_ids()
    # Its own get_job_ids() would clean up.
    active = redis.zcard(started.key) - len(abandoned)
    if suspension.is_suspended(redis):
        return {'ready': [], 'active': active}
    waiting = Job.fetch_many(q.job_ids, connection=redis)
    scheduled = ScheduledJobRegistry(queue=q)
    since = [job.enqueued_at.replace(tzinfo=None) if job else None for job in waiting]
    ready = [None if at is None else (at - at.__class__(1970, 1, 1)) / timedelta(milliseconds=1) for at in since]
    ready += [scheduled.get_scheduled_time(id).timestamp() * 1000 for id in scheduled.get_jobs_to_schedule(now)]
    ready += [redis.zscore(started.key, id) * 1000 for id in abandoned if (job_of(id).retries_left or 0) > 0]
    return {'ready': ready, 'active': active}


def move_due_jobs(queue):
    scheduler = RQScheduler([queue], connection=redis)
    scheduler.acquire_locks()
    scheduler.enqueue_scheduled_jobs()
    scheduler.release_locks()


serve(use, {
    'add': add,
    'add_many': add_many,
    'take': take,
    'complete': complete,
    'fail': fail,
    'jobs': jobs,
    'expected': expected,
    'move_due_jobs': move_due_jobs,
    'clean_up': lambda queue: StartedJobRegistry(queue=Queue(queue, connection=redis)).cleanup() and None,
    'remove': lambda id: job_of(id).delete(),
    'cancel': lambda id: job_of(id).cancel(),
    'requeue': lambda id: job_of(id).requeue() and None,
    'suspend': lambda: suspension.suspend(redis),
    'resume': lambda: suspension.resume(redis) and None,
    'empty': lambda: redis.flushdb() and None,
})
