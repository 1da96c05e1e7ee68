"""Tasks of the tests' workers."""
import os

from celery import Celery
from redis import Redis

app = Celery(broker=os.environ['REDIS_URL'])
redis = Redis.from_url(os.environ['REDIS_URL'])


def hold(name):
    redis.rpush('started', name)
    redis.blpop('go')


@app.task
def early():
    hold('early')


@app.task(acks_late=True)
def late():
    hold('late')
