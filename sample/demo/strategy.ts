/** HireFire's Job Queue Size strategy, as a pure function. */

export interface JobQueueSize {
  /** Jobs that one dyno is hired for. */
  readonly ratio: number;
  readonly minimum: number;
  readonly maximum: number;
  /** Dynos that one decision adds at most; 0: no limit. */
  readonly upscaleLimit?: number;
  /** Dynos that one decision takes away at most; 0: no limit. */
  readonly downscaleLimit?: number;
  /** Whether to scale down while jobs are left. If not, it happens once there are none, and then to the minimum. */
  readonly decrementable?: boolean;
}

/** How many dynos there should be now, when there are `current` ones and the app reports `value` jobs. */
export function wantedDynos(value: number, current: number, manager: JobQueueSize): number {
  const { ratio, minimum, maximum, upscaleLimit = 0, downscaleLimit = 0, decrementable = false } = manager;
  const wanted = Math.min(Math.max(Math.ceil(value / ratio), minimum), maximum);
  if (wanted > current) {
    return upscaleLimit > 0 ? Math.min(wanted, current + upscaleLimit) : wanted;
  }
  if (wanted < current && (decrementable || value === 0)) {
    return downscaleLimit > 0 ? Math.max(wanted, current - downscaleLimit) : wanted;
  }
  return current;
}
