/** The page of a plan: what it shows, and its server. */
import { readPage } from './page-file.js';
import { serveText, type Page } from './page-server.js';

export interface PlanPage {
  /** Such as the app's URL. */
  readonly source: string;
  readonly title: string;
  readonly processes: readonly PlanPageProcess[];
}

export interface PlanPageProcess {
  readonly name: string;
  readonly notes: readonly string[];
  /** The unit of the cost. */
  readonly unit: string;
  readonly settings: readonly PlanPageSetting[];
}

/** One that was replayed to its end. */
export interface PlanPageSetting {
  /** The plans with this setting, such as `cheaper`. */
  readonly ids: readonly string[];
  readonly isStarred: boolean;
  readonly manager: string;
  readonly cost: number;
  readonly costText: string;
  /** 95 % of the jobs wait at most that, in seconds. */
  readonly wait: number;
  readonly waitText: string;
}

/** @param file - the built page */
export async function servePlan(plan: PlanPage, file?: URL): Promise<Page> {
  return serveText(await readPage(plan, file));
}
