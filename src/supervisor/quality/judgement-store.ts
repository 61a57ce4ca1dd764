import { withoutFigure } from "../../quality/checks/personal-sample.ts";
import type { Judgement, JudgementPage } from "../../server/quality-control.ts";
import type { StateStore, Versioned } from "../../state/store.ts";

/** What is known of a dataset beside its history. */
export interface Standing {
  /** Its last judgement. */
  last: string;
  /** The version that was judged last, those kept back left out. */
  version: string | null;
  /** Of the checks that it was judged by. */
  digest: string;
  /** When, milliseconds since 1970. */
  at: number;
  /** Of each check that does not hold, since when it has not without a break, also where the judgement that found it is kept no more. Milliseconds since 1970. */
  since: Record<string, number>;
  /** The checks that do not hold, as receivers of alerts were told. */
  told: string[];
  /** The last judgement has news that were not told yet. */
  untold?: true;
}

const standings = "quality";
const historyOf = (dataset: string): string => `quality/${dataset}`;

/** Judgements in the state store: of each dataset the last ones. One process writes them. */
export class JudgementStore {
  readonly #state: StateStore;
  readonly #keep: number;
  /** Of each history, oldest first. */
  readonly #ids = new Map<string, string[]>();

  /** @param keep - judgements of each dataset */
  constructor(state: StateStore, keep: number) {
    this.#state = state;
    this.#keep = keep;
  }

  standing(dataset: string): Promise<Versioned<Standing> | undefined> {
    return this.#state.get<Standing>(standings, dataset);
  }

  async last(dataset: string): Promise<Judgement | undefined> {
    const standing = await this.standing(dataset);
    return standing && (await this.#state.get<Judgement>(historyOf(dataset), standing.value.last))?.value;
  }

  /** The newest first. */
  async history(dataset: string, { before, limit }: JudgementPage): Promise<Judgement[]> {
    const all = (await this.#state.list<Judgement>(historyOf(dataset))).map(({ value }) => value).reverse();
    return all.filter(({ id }) => before === undefined || id < before).slice(0, limit);
  }

  /** Both or neither: a judgement that nobody stands by would be made and told again. Then the oldest go. */
  async keep(judgement: Judgement, standing: Standing): Promise<void> {
    const { dataset, id } = judgement;
    const expected = (await this.standing(dataset))?.version ?? 0;
    const swaps = [{ collection: historyOf(dataset), key: id, expected: 0, value: judgement }, { collection: standings, key: dataset, expected, value: standing }];
    if (!(await this.#state.swapAll(swaps))) throw new Error(`another process judges "${dataset}"`);
    const ids = this.#ids.get(dataset) ?? (await this.#state.list(historyOf(dataset))).map(({ key }) => key).filter((key) => key !== id);
    ids.push(id);
    this.#ids.set(dataset, ids);
    while (ids.length > this.#keep) await this.#state.delete(historyOf(dataset), ids.shift() as string);
  }

  /** Takes what is kept of rows out of all judgements of a dataset. */
  async forget(dataset: string): Promise<void> {
    for (const { key, value } of await this.#state.list<Judgement>(historyOf(dataset))) {
      const results = value.results.map((result) => ({ ...withoutFigure(result), keys: [] }));
      if (value.results.some(({ keys, value: figure }, i) => keys.length > 0 || figure !== results[i].value)) await this.#state.put(historyOf(dataset), key, { ...value, results });
    }
  }

  async told(dataset: string, standing: Standing): Promise<void> {
    await this.#state.put(standings, dataset, standing);
  }
}
