import type { QueryRequest, SqlSource, TableReference } from "../sql/query-request.ts";
import { RecentMap } from "./recent-map.ts";

type Resolve = QueryRequest["resolve"];

/** Names that were resolved, and what they were found to be then. */
interface Round {
  references: TableReference[];
  inViews: boolean;
  states: string;
}

interface Known<T> {
  state: string;
  rounds: Round[];
  answer: T;
}

export interface Asked {
  /** What is asked for; the last answer of each is kept. */
  key: string;
  /** What decides the answer beside what is read. */
  state?: string;
  resolve: Resolve;
}

/** Answers that cost a process, kept for as long as all that was read for them is as it was. */
export class KnownAnswers<T> {
  readonly #weightMax: number;
  readonly #stateOf: (source: SqlSource) => string | undefined;
  readonly #weightOf: (answer: T) => number;
  #known: RecentMap<Known<T>>;

  /**
   * @param stateOf - what of a source decides answers: `contentOf`, `columnsOfSource`
   * @param weightOf - of one answer; together they weigh `weightMax` at most
   */
  constructor(weightMax: number, weightOf: (answer: T) => number, stateOf: (source: SqlSource) => string | undefined) {
    this.#weightMax = weightMax;
    this.#weightOf = weightOf;
    this.#stateOf = stateOf;
    this.#known = new RecentMap(weightMax);
  }

  /** @param work - finds what it reads by the `resolve` that it is given */
  async answer({ key, state = "", resolve }: Asked, work: (resolve: Resolve) => Promise<T>): Promise<{ answer: T; isKnown: boolean }> {
    const known = this.#known.get(key);
    if (known?.state === state && (await this.#isSame(known.rounds, resolve))) return { answer: known.answer, isKnown: true };
    const rounds = new Map<string, Round | undefined>();
    const answer = await work(async (references, info) => {
      const resolution = await resolve(references, info);
      note(rounds, { references, inViews: info.inViews === true }, this.#statesOf(resolution.sources));
      return resolution;
    });
    const found = [...rounds.values()];
    if (found.every((round) => round !== undefined)) this.#known.set(key, { state, rounds: found, answer }, this.#weightOf(answer));
    else this.#known.delete(key);
    return { answer, isKnown: false };
  }

  forget(): void {
    this.#known = new RecentMap(this.#weightMax);
  }

  async #isSame(rounds: readonly Round[], resolve: Resolve): Promise<boolean> {
    for (const { references, inViews, states } of rounds) {
      // A name that means nothing any more is told by the work.
      const resolution = await resolve(references, inViews ? { inViews } : {}).catch(() => undefined);
      if (resolution === undefined || this.#statesOf(resolution.sources) !== states) return false;
    }
    return true;
  }

  #statesOf(sources: readonly (SqlSource | undefined)[]): string | undefined {
    const states = sources.map((source) => source && this.#stateOf(source));
    return states.includes(undefined) ? undefined : JSON.stringify(states);
  }
}

/** What cannot be told, and what has changed while the work went on, is nothing to rely on. */
function note(rounds: Map<string, Round | undefined>, asked: Omit<Round, "states">, states: string | undefined): void {
  const key = JSON.stringify(asked);
  const isNew = !rounds.has(key);
  const isSame = isNew || rounds.get(key)?.states === states;
  rounds.set(key, states !== undefined && isSame ? { ...asked, states } : undefined);
}
