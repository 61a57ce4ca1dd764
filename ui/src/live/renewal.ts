import type { Query, QueryClient } from "@tanstack/react-query";

/** As long as the line may be silent: an answer that takes longer is told of. */
const slowMs = 12_000;
const retryMs = 5_000;

/** What is shown and could not be asked for anew, though the server is heard. */
export interface NotRenewed {
  /** When the oldest of it was true. */
  since: Date;
  /** What the server said instead; undefined where it has not answered yet. */
  error: Error | null;
}

/** Watches what pages show: which of it is old because it was asked for and did not come. It is asked for again until it comes. */
export class Renewal {
  readonly #client: QueryClient;
  readonly #askedAt = new WeakMap<Query, number>();
  readonly #listeners = new Set<() => void>();
  #stop: (() => void) | undefined;
  #state: NotRenewed | null = null;

  constructor(client: QueryClient) {
    this.#client = client;
  }

  readonly state = (): NotRenewed | null => this.#state;

  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    if (this.#listeners.size === 1) this.#stop = this.#watch();
    return () => {
      this.#listeners.delete(listener);
      if (this.#listeners.size === 0) this.#stop?.();
    };
  };

  #watch(): () => void {
    const leave = this.#client.getQueryCache().subscribe(({ type, query }) => {
      if (type === "updated" && query.state.fetchStatus === "fetching") this.#askedAt.set(query, this.#askedAt.get(query) ?? performance.now());
      else if (type === "updated") this.#askedAt.delete(query);
      if (this.#state !== null) this.#look();
    });
    const timer = setInterval(() => this.#look(), 1_000);
    const again = setInterval(() => void this.#client.refetchQueries({ type: "active", predicate: hasFailed }, { cancelRefetch: false }), retryMs);
    return () => {
      leave();
      clearInterval(timer);
      clearInterval(again);
    };
  }

  #look(): void {
    const old = this.#client.getQueryCache().findAll({ type: "active", predicate: (query) => query.state.data !== undefined && this.#isOld(query) });
    const oldest = old.sort((a, b) => a.state.dataUpdatedAt - b.state.dataUpdatedAt)[0]?.state;
    if (oldest?.dataUpdatedAt === this.#state?.since.getTime() && (oldest?.error ?? null) === (this.#state?.error ?? null)) return;
    this.#state = oldest ? { since: new Date(oldest.dataUpdatedAt), error: oldest.error } : null;
    for (const listener of this.#listeners) listener();
  }

  #isOld(query: Query): boolean {
    const askedAt = this.#askedAt.get(query);
    return hasFailed(query) || (askedAt !== undefined && performance.now() - askedAt > slowMs);
  }
}

/** What is there stays when it fails anew. More of a list that could not be had makes what is there no older. */
const hasFailed = ({ state: { status, data, fetchMeta } }: Query): boolean => status === "error" && data !== undefined && fetchMeta?.fetchMore === undefined;
