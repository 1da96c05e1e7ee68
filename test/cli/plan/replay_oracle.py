"""The model of docs/plan.md as processes of SimPy, written from its words alone. Reads a list of cases, writes their figures."""
import json
import math
import sys

from SimPy.Simulation import Process, Simulation, hold

DAY = 86400


class Dyno:
    def __init__(self, number, since):
        self.number = number
        self.since = since
        self.until = None
        self.is_up = False
        self.is_stopping = False
        self.runs = []


class Job:
    def __init__(self, place, ready, took):
        self.place = place
        self.ready = ready
        self.ready_again = ready
        self.took = took
        self.started = None
        self.interruptions = 0


class Arrivals(Process):
    def go(self, world):
        for job in world.jobs:
            if job.ready > self.sim.now():
                yield hold, self, job.ready - self.sim.now()
            world.line.append(job)
            world.dispatch()


class Run(Process):
    def go(self, world, dyno, job):
        yield hold, self, job.took
        dyno.runs.remove((self, job))
        if self.interrupted():
            job.interruptions += 1
            world.interrupted += 1
            job.ready_again = self.sim.now()
            world.interrupted_now.append(job)
            if job.interruptions == 10:
                world.stop(endless=True)
        else:
            world.left -= 1
        if dyno.is_stopping and not dyno.runs:
            dyno.until = self.sim.now()
        # Once all that are interrupted at this instant are in line.
        world.start(Dispatch, world)
        world.stop_if_over()


class Dispatch(Process):
    def go(self, world):
        world.line[:0] = sorted(world.interrupted_now, key=lambda job: job.place)
        world.interrupted_now = []
        world.dispatch()
        yield hold, self, 0


class Boot(Process):
    def go(self, world, dyno, seconds):
        yield hold, self, seconds
        if not dyno.is_stopping:
            dyno.is_up = True
            world.dispatch()


class Grace(Process):
    def go(self, dyno):
        yield hold, self, 30
        for run, _ in dyno.runs:
            self.interrupt(run)


class Checkups(Process):
    def go(self, world, first, every):
        yield hold, self, first
        while True:
            world.checkup()
            yield hold, self, every


class End(Process):
    def go(self, world, at, endless):
        yield hold, self, at
        if endless:
            world.stop(endless=True)
        else:
            world.stop_if_over()


class World:
    def __init__(self, case):
        self.case = case
        self.manager = case['manager']
        listed = case['jobs']
        mean = sum(took for _, took in listed) / len(listed)
        in_line = case['waiting'] - sum(ready < 0 for ready, _ in listed)
        jobs = [(0, mean)] * in_line + [tuple(job) for job in listed]
        self.jobs = [Job(place, *job) for place, job in enumerate(sorted(jobs, key=lambda job: job[0]))]
        self.left = len(self.jobs)
        self.line = []
        self.interrupted = 0
        self.interrupted_now = []
        self.endless = False
        self.over = False
        self.agreeing = {'up': 0, 'down': 0}
        self.scaled = {'up': -math.inf, 'down': -math.inf}
        self.sim = Simulation()
        self.sim.initialize()
        self.wanted = []
        self.all = []
        for _ in range(self.manager['minimum']):
            self.add().is_up = True
        self.start(Arrivals, self)
        self.start(Checkups, self, case['firstCheckup'], case['checkupFrequency'])
        self.start(End, self, case['seconds'], False)
        self.start(End, self, case['seconds'] + DAY, True)

    def start(self, kind, *args):
        process = kind(sim=self.sim)
        self.sim.activate(process, process.go(*args))
        return process

    def add(self):
        dyno = Dyno(len(self.wanted) + 1, self.sim.now())
        self.wanted.append(dyno)
        self.all.append(dyno)
        return dyno

    def dispatch(self):
        for dyno in self.wanted:
            while dyno.is_up and self.line and len(dyno.runs) < self.case['slots']:
                job = self.line.pop(0)
                job.started = self.sim.now()
                run = Run(sim=self.sim)
                dyno.runs.append((run, job))
                self.sim.activate(run, run.go(self, dyno, job))

    def value(self):
        running = [(dyno, job) for dyno in self.all for _, job in dyno.runs]
        manager = self.manager
        if manager['type'] == 'job-queue-size':
            size = len(self.line) + len(running)
            if manager['protect'] and running:
                highest = max(dyno.number for dyno, _ in running)
                return max(size, manager['ratio'] * (highest - 1) + 1)
            return size
        latency = 0
        if self.line:
            latency = max(0.001, self.sim.now() - min(job.ready_again for job in self.line))
        if manager['protect'] and running:
            return max(latency, manager['minimumLatency'])
        return latency

    def target(self, value):
        manager, dynos = self.manager, len(self.wanted)
        low, high = manager['minimum'], manager['maximum']
        if manager['type'] == 'job-queue-size':
            target = math.ceil(value / manager['ratio'])
            if target < dynos and value > 0 and not manager['decrementable']:
                target = dynos
        else:
            target = dynos
            if value > manager['maximumLatency']:
                target += manager['upscaleQuantity']
            elif value < manager['minimumLatency']:
                target -= manager['downscaleQuantity']
            if manager['upscaleOnInitialJob'] and value > 0:
                low = min(max(low, 1), high)
        return min(max(target, low), high), low

    def checkup(self):
        now, dynos = self.sim.now(), len(self.wanted)
        target, low = self.target(self.value())
        way = 'up' if target > dynos else 'down' if target < dynos else None
        for other in ('up', 'down'):
            self.agreeing[other] = self.agreeing[other] + 1 if other == way else 0
        if way is None:
            return
        scale = 'upscale' if way == 'up' else 'downscale'
        is_early = now - self.scaled[way] < 60 * self.manager[scale + 'Timeout']
        if self.agreeing[way] < self.manager[scale + 'Sensitivity'] or is_early:
            target = max(dynos, low)
        if target != dynos:
            self.agreeing = {'up': 0, 'down': 0}
            self.scaled['up' if target > dynos else 'down'] = now
            self.scale(target)

    def scale(self, target):
        while len(self.wanted) < target:
            self.start(Boot, self, self.add(), self.case['boot'])
        while len(self.wanted) > target:
            dyno = self.wanted.pop()
            dyno.is_stopping = True
            if dyno.runs:
                self.start(Grace, dyno)
            else:
                dyno.until = self.sim.now()

    def stop_if_over(self):
        if self.left == 0 and self.sim.now() >= self.case['seconds']:
            self.stop(endless=False)

    def stop(self, endless):
        if not self.over:
            self.over = True
            self.endless = endless
            self.ended = self.sim.now()
            self.sim.stopSimulation()

    def figures(self):
        self.sim.simulate(until=math.inf)
        return {
            'dynoSeconds': sum((self.ended if d.until is None else d.until) - d.since for d in self.all),
            'seconds': self.ended,
            'waits': [] if self.endless else [job.started - job.ready for job in self.jobs],
            'interrupted': self.interrupted,
            'endless': self.endless,
        }


print(json.dumps([World(case).figures() for case in json.load(sys.stdin)]))
