import type { QueryClient } from "@tanstack/react-query";
import { serverEvents } from "../../../src/client/server-events.ts";
import { ApiError, type SaidError } from "../api/api-error.ts";
import { request } from "../api/client.ts";
import type { ProjectStatus } from "../api/types.ts";
import { session } from "../session.ts";
import { askAnew } from "./ask-anew.ts";
import { seen, whenUnseen } from "./unseen.ts";

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
  /** Changes may have been told while nobody listened. */
  #hasMissed = false;

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
    whenUnseen(() => this.#attempt.abort(), signal);
    while (!signal.aborted && session.read() !== null) {
      if (document.hidden) {
        await seen(signal);
        this.#set({ phase: "connecting" });
      }
      this.#attempt = new AbortController();
      this.#awaitWord();
      try {
        await this.#listen(AbortSignal.any([signal, this.#attempt.signal]));
      } catch {
        // Told by the phase; the next attempt comes in any case.
      }
      if (signal.aborted) return;
      this.#hasMissed = true;
      this.#set({ phase: "stale" });
      if (document.hidden) continue;
      await new Promise((done) => setTimeout(done, retryMs));
    }
  }

  async #listen(signal: AbortSignal): Promise<void> {
    const answer = await request("/api/v1/live", { signal, headers: { accept: "text/event-stream" } });
    if (this.#hasMissed) void this.#cache.invalidateQueries();
    this.#hasMissed = false;
    const text = (answer.body as ReadableStream<BufferSource>).pipeThrough(new TextDecoderStream());
    for await (const { event, data } of serverEvents(text as unknown as AsyncIterable<string>)) this.#take(event, JSON.parse(data));
  }

  #take(event: string, data: unknown): void {
    this.#awaitWord();
    this.#set({ phase: "live", heardAt: new Date() });
    if (event === "status") this.#cache.setQueryData<ProjectStatus>(statusKey, data as ProjectStatus);
    // It was looked at, and is what it was.
    if (event === "alive") this.#cache.setQueryData<ProjectStatus>(statusKey, (known) => known);
    if (event === "trouble") this.#fail((data as { error: SaidError }).error);
    if (event === "changed") this.#forget((data as string[]).flatMap((kind) => told[kind] ?? []));
  }

  #forget(prefixes: string[]): void {
    askAnew(this.#cache, ({ queryKey: [, path] }) => path !== statusKey[1] && prefixes.some((prefix) => String(path).startsWith(prefix)));
  }

  /** What is known of the status stays, as of when it was heard last. */
  #fail(error: SaidError): void {
    const status = this.#cache.getQueryCache().find({ queryKey: statusKey, exact: true });
    status?.setState({ status: "error", error: new ApiError(500, error), errorUpdatedAt: Date.now() });
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
