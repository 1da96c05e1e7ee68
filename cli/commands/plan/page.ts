/** The plans of all processes, for the page. */
import type { PlanPage, PlanPageProcess, PlanPageSetting } from '../../page/plan-page.js';
import { hoursOf, waitOf, type Evaluated } from '../../plan/picks.js';
import { keyOf } from '../../plan/search.js';
import { IDS, priceOf, type Answer, type PickedProcess } from './answer.js';
import type { Planned } from './plan.js';
import { headOf, roundedText, littleText, managerText, priceText, secondsText, spanText } from './text.js';

export function pageOf({ source, processes, answer }: Planned): PlanPage {
  return {
    source,
    title: `plan over ${spanText(answer.seconds)} of history`,
    processes: processes.map((process) => planProcess(process, answer)),
  };
}

function planProcess(process: PickedProcess, answer: Answer): PlanPageProcess {
  const { name, slots, workload, price, picks, searched } = process;
  const its = answer.processes[name];
  const plans = IDS.flatMap((id) => picks[id] ?? []);
  // Plans first, each once; a setting may have been replayed twice.
  const settings = new Map([...plans, ...searched.settings].map((setting) => [keyOf(setting.manager), setting]));
  return {
    name,
    notes: its ? [headOf(name, its, workload.seconds, slots), ...littleText(its, workload.seconds)] : [],
    unit: price === undefined ? 'dyno hours a day' : 'dollars a month',
    settings: [...settings.values()]
      .filter(({ replayed }) => !replayed.endless)
      .map((setting) => planSetting(setting, process)),
  };
}

function planSetting(setting: Evaluated, { picks, price }: PickedProcess): PlanPageSetting {
  const ids = IDS.filter((id) => keyOf(picks[id]?.manager) === keyOf(setting.manager));
  const month = priceOf(hoursOf(setting), price);
  return {
    ids,
    isStarred: picks.starred !== undefined && ids.includes(picks.starred),
    manager: managerText(setting.manager),
    cost: month ?? hoursOf(setting),
    costText: month === null ? roundedText(hoursOf(setting)) : priceText(month),
    wait: waitOf(setting),
    waitText: secondsText(waitOf(setting)),
  };
}
