/** Turns what happens to the dynos into events and problems of the run. */
import type { DynoEvent, HerokuTimes } from '../../heroku/formation.js';
import { WEB_PROC_NAME } from '../../../lib/hirefire.protocol.js';
import type { EarlyStops } from '../../run/early-stops.js';
import type { RunState } from '../../run/run-state.js';

interface Recorder {
  readonly state: RunState;
  readonly earlyStops: EarlyStops;
  readonly times: HerokuTimes;
  /** The file of a dyno's output; undefined without one. */
  readonly logOf: (dyno: string) => string | undefined;
}

/** @param isEnding - the run is ending: dynos that fail then are no problem */
export function recordDynoEvent(
  event: DynoEvent,
  t: number,
  isEnding: boolean,
  { state, earlyStops, times, logOf }: Recorder,
): void {
  const { process, dyno, kind } = event;
  const info = (text: string): void => state.addEvent({ t, level: 'info', text, process });
  switch (kind) {
    case 'started':
      earlyStops.started(dyno);
      break;
    case 'stopping':
      break;
    case 'draining':
      earlyStops.drains(process, dyno, event.jobs);
      break;
    case 'drained':
      earlyStops.drained(dyno, event.lost);
      break;
    case 'up':
      info(`${dyno} is up`);
      break;
    case 'loopback-only':
      if (!isEnding) {
        const message = `${dyno} listens on localhost only: on Heroku it would never be up (R10)`;
        state.addProblem({ kind: 'boot-timeout', because: 'loopback-only', process, dyno, t, message });
      }
      break;
    case 'stopped':
      info(
        event.ms === undefined ? `${dyno} stopped` : `${dyno} stopped, ${(event.ms / 1000).toFixed(1)} s after SIGTERM`,
      );
      if (process !== WEB_PROC_NAME && event.ms !== undefined && !isEnding) {
        earlyStops.stopped(process, dyno, event.ms, t);
      }
      break;
    case 'killed': {
      earlyStops.stopped(process, dyno, undefined, t);
      const message = `${dyno} did not end within ${times.grace / 1000} s of SIGTERM and was killed`;
      if (event.atEnd) {
        info(message);
      } else {
        state.addProblem({ kind, process, dyno, t, message });
      }
      break;
    }
    case 'crashed':
    case 'boot-timeout':
      if (!isEnding) {
        const how =
          kind === 'crashed'
            ? `crashed (${event.how})`
            : `did not listen on its port within ${times.boot / 1000} s (R10)`;
        const message = `${dyno} ${how} and is started again ${after(event.restartMs)}`;
        const log = logOf(dyno);
        state.addProblem({
          ...{ kind, process, dyno, t, message, lastLines: event.lastLines },
          ...(log !== undefined && { log }),
        });
      }
      break;
  }
}

function after(ms: number): string {
  return ms === 0 ? 'at once' : `in ${ms < 60_000 ? `${Math.ceil(ms / 1000)} s` : `${Math.round(ms / 60_000)} min`}`;
}
