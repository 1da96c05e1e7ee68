"""Jobs of the tests' workers."""
from rq import get_current_job


def hold():
    job = get_current_job()
    job.connection.rpush('started', job.origin)
    job.connection.blpop('go')
