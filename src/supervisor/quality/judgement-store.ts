import type { Judgement, JudgementPage } from "../../server/quality-control.ts";
import type { StateStore } from "../../state/store.ts";

/** What is known of a dataset beside its history. */
export interface Standing {
  /** Its last judgement. */
  last: string;
  /** The version that was judged last, those kept back left out. */
  version: string | null;
  /** Of the checks that it was judged by. */
  digest: string;
  at: number;
  /** The checks that do not hold, as receivers of alerts were told. */
  told: string[];
}

const standings = "quality";
const historyOf = (dataset: string): string => `quality/${dataset}`;

/** Judgements in the state store: of each dataset the last ones. */
export class JudgementStore {
  readonly #state: StateStore;
  readonly #keep: number;

  constructor(state: StateStore, keep: number) {
    this.#state = state;
    this.#keep = keep;
  }

  async standing(dataset: string): Promise<Standing | undefined> {
    return (await this.#state.get<Standing>(standings, dataset))?.value;
  }

  async last(dataset: string): Promise<Judgement | undefined> {
    const standing = await this.standing(dataset);
    return standing && (await this.#state.get<Judgement>(historyOf(dataset), standing.last))?.value;
  }

  /** The newest first. */
  async history(dataset: string, { before, limit }: JudgementPage): Promise<Judgement[]> {
    const all = (await this.#state.list<Judgement>(historyOf(dataset))).map(({ value }) => value).reverse();
    return all.filter(({ id }) => before === undefined || id < before).slice(0, limit);
  }

  /** The history comes first: of a standing without it nobody could be told, while a judgement without a standing is made again. */
  async keep(judgement: Judgement, standing: Standing): Promise<void> {
    const { dataset, id } = judgement;
    await this.#state.put(historyOf(dataset), id, judgement);
    await this.#state.put(standings, dataset, standing);
    const kept = await this.#state.list(historyOf(dataset));
    for (const { key } of kept.slice(0, Math.max(0, kept.length - this.#keep))) await this.#state.delete(historyOf(dataset), key);
  }

  async told(dataset: string, standing: Standing): Promise<void> {
    await this.#state.put(standings, dataset, standing);
  }
}
