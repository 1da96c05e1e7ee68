/** The plans of all processes, for the page. */
import { costOf, waitOf, type Evaluated } from '../../plan/picks.js';
import type { PlanPage, PlanPageProcess, PlanPageSetting } from '../../page/plan-page.js';
import { IDS, priceOf, type Answer, type PickedProcess } from './answer.js';
import type { Planned } from './plan.js';
import { headOf, roundedText, littleText, managerText, priceText, secondsText, spanText } from './text.js';

export function pageOf({ source, processes, answer }: Planned): PlanPage {
  return {
    source,
    title: `plan over ${spanText(answer.seconds)} of history`,
    processes: processes.map((process) => processOf(process, answer)),
  };
}

function processOf(process: PickedProcess, answer: Answer): PlanPageProcess {
  const { name, slots, workload, price, picks, searched } = process;
  const its = answer.processes[name];
  const plans = IDS.flatMap((id) => picks[id] ?? []);
  // Plans first, each once; a setting may have been replayed twice.
  const settings = new Map([...plans, ...searched.settings].map((setting) => [keyOf(setting), setting]));
  return {
    name,
    notes: its ? [headOf(name, its, workload.seconds, slots), ...littleText(its, workload.seconds)] : [],
    unit: price === undefined ? 'dyno hours a day' : 'dollars a month',
    settings: [...settings.values()]
      .filter(({ replayed }) => !replayed.endless)
      .map((setting) => settingOf(setting, process)),
  };
}

function settingOf(setting: Evaluated, { picks, price }: PickedProcess): PlanPageSetting {
  const ids = IDS.filter((id) => keyOf(picks[id]) === keyOf(setting));
  const month = priceOf(costOf(setting), price);
  return {
    ids,
    isStarred: picks.starred !== undefined && ids.includes(picks.starred),
    manager: managerText(setting.manager),
    cost: month ?? costOf(setting),
    costText: month === null ? roundedText(costOf(setting)) : priceText(month),
    wait: waitOf(setting),
    waitText: secondsText(waitOf(setting)),
  };
}

function keyOf(setting: Evaluated | undefined): string {
  return JSON.stringify(setting?.manager ?? null);
}
