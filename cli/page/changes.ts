/** The changes that a page asks for, checked. */
import { checked } from '../hirefire/managers/checked.js';
import { managersSchema } from '../hirefire/managers/schema.js';
import { UsageError } from '../io/errors.js';
import type { RunControls, RunState } from '../run/run-state.js';
import type { LoadHolders } from './load-holders.js';
import { LOAD_PATH, MANAGER_PATH, SAVE_PATH, SCALE_PATH } from './messages.js';

const MAX_DYNOS_BY_HAND = 100;

export interface ChangeAnswer {
  readonly status: 200 | 204 | 409;
  /** Without line breaks; empty for 204. */
  readonly text: string;
}

type Body = Readonly<Record<string, unknown>>;
type Taker = (body: Body) => ChangeAnswer | Promise<ChangeAnswer>;

const DONE: ChangeAnswer = { status: 204, text: '' };

export class Changes {
  readonly #takers: ReadonlyMap<string, Taker> = new Map<string, Taker>([
    [MANAGER_PATH, (body) => this.#setManager(body)],
    [SCALE_PATH, (body) => this.#scale(body)],
    [SAVE_PATH, (body) => this.#save(body)],
    [LOAD_PATH, (body) => this.#setLoad(body)],
  ]);

  constructor(
    private readonly state: RunState,
    private readonly controls: RunControls,
    private readonly holders: LoadHolders,
  ) {}

  takes(path: string): boolean {
    return this.#takers.has(path);
  }

  /** @throws UsageError */
  async take(path: string, body: Body): Promise<ChangeAnswer> {
    return (await this.#takers.get(path)?.(body)) ?? DONE;
  }

  #setManager({ process, manager }: Body): ChangeAnswer {
    const name = this.#knownProcess(process);
    const { [name]: checkedManager } = checked(managersSchema, { [name]: manager }, 'the manager');
    if (checkedManager) {
      this.controls.setManager(name, checkedManager);
    }
    return DONE;
  }

  #scale({ process, dynos }: Body): ChangeAnswer {
    const name = this.#knownProcess(process);
    if (typeof dynos !== 'number' || !Number.isInteger(dynos) || dynos < 0 || dynos > MAX_DYNOS_BY_HAND) {
      throw new UsageError(`Use a whole number of dynos, 0 to ${MAX_DYNOS_BY_HAND}.`);
    }
    if (!this.controls.scale) {
      throw new UsageError('Nothing is started here: there are no dynos to add.');
    }
    this.controls.scale(name, dynos);
    return DONE;
  }

  async #save({ replaces }: Body): Promise<ChangeAnswer> {
    const { configFile } = this.controls;
    if (!configFile) {
      throw new UsageError('This run has no file to save its managers in.');
    }
    const managers = this.state.processes.flatMap(({ name, manager }) => (manager ? [[name, manager] as const] : []));
    return (await configFile.save(new Map(managers), replaces === true))
      ? { status: 200, text: `Saved in ${configFile.path}.` }
      : { status: 409, text: `${configFile.path} exists.` };
  }

  #setLoad({ page, path, perSecond }: Body): ChangeAnswer {
    this.holders.set(page, path, perSecond);
    return DONE;
  }

  #knownProcess(name: unknown): string {
    if (typeof name !== 'string' || !this.state.process(name)) {
      throw new UsageError('There is no such process in this run.');
    }
    return name;
  }
}
