import type { QueryClient } from "@tanstack/react-query";
import { serverEvents } from "../../../src/client/server-events.ts";
import { request } from "../api/client.ts";
import type { ProjectStatus } from "../api/types.ts";
import { session } from "../session.ts";

/** The server says something every five seconds or so: this long without a word, and what is shown is no longer current. */
const silentMsMax = 12_000;
const retryMs = 1_000;

export interface LiveState {
  /** `stale`: what is shown was true at `heardAt`, and nobody knows whether it still is. */
  phase: "connecting" | "live" | "stale";
  /** When the server last said anything; null before the first word. */
  heardAt: Date | null;
}

/** Addresses whose answers are asked for anew when things of a kind have changed. */
const told: Record<string, string[]> = {
  runs: ["/api/v1/dags", "/api/v1/runs", "/api/v1/backfills", "/api/v1/pools", "/api/v1/alerts"],
  release: ["/api/v1/"],
};

export const statusKey = ["get", "/api/v1/status", {}] as const;

/**
 * The one stream from the server that feeds all pages: the status goes into the cache as it comes, and what else has changed
 * is asked for anew by whoever shows it. It comes back by itself, for as long as the page is open.
 */
export class LiveConnection {
  readonly #cache: QueryClient;
  readonly #listeners = new Set<() => void>();
  #state: LiveState = { phase: "connecting", heardAt: null };
  #stop: AbortController | undefined;
  #watchdog: ReturnType<typeof setTimeout> | undefined;
  #attempt = new AbortController();

  constructor(cache: QueryClient) {
    this.#cache = cache;
  }

  readonly state = (): LiveState => this.#state;

  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    if (this.#listeners.size === 1) void this.#run((this.#stop = new AbortController()).signal);
    return () => {
      this.#listeners.delete(listener);
      if (this.#listeners.size === 0) this.#stop?.abort();
    };
  };

  async #run(signal: AbortSignal): Promise<void> {
    while (!signal.aborted && session.read() !== null) {
      this.#attempt = new AbortController();
      this.#awaitWord();
      try {
        await this.#listen(AbortSignal.any([signal, this.#attempt.signal]));
      } catch {
        // Told by the phase; the next attempt comes in any case.
      }
      if (signal.aborted) return;
      this.#set({ phase: "stale" });
      await new Promise((done) => setTimeout(done, retryMs));
    }
  }

  async #listen(signal: AbortSignal): Promise<void> {
    const answer = await request("/api/v1/live", { signal, headers: { accept: "text/event-stream" } });
    if (this.#state.phase === "stale") void this.#cache.invalidateQueries();
    const text = (answer.body as ReadableStream<BufferSource>).pipeThrough(new TextDecoderStream());
    for await (const { event, data } of serverEvents(text as unknown as AsyncIterable<string>)) this.#take(event, JSON.parse(data));
  }

  #take(event: string, data: unknown): void {
    this.#awaitWord();
    this.#set({ phase: "live", heardAt: new Date() });
    if (event === "status") this.#cache.setQueryData<ProjectStatus>(statusKey, data as ProjectStatus);
    if (event === "changed") for (const kind of data as string[]) this.#forget(told[kind] ?? []);
  }

  #forget(prefixes: string[]): void {
    void this.#cache.invalidateQueries({ predicate: ({ queryKey: [, path] }) => path !== statusKey[1] && prefixes.some((prefix) => String(path).startsWith(prefix)) });
  }

  /** A line that hangs without a word is cut, and tried anew. */
  #awaitWord(): void {
    clearTimeout(this.#watchdog);
    this.#watchdog = setTimeout(() => {
      this.#set({ phase: "stale" });
      this.#attempt.abort();
    }, silentMsMax);
  }

  #set(change: Partial<LiveState>): void {
    this.#state = { ...this.#state, ...change };
    for (const listener of this.#listeners) listener();
  }
}
