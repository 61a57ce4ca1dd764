import type { ServerResponse } from "node:http";
import { asMillraceError, MillraceError } from "../errors.ts";
import type { ControlPlane } from "./control-plane.ts";
import { eventStreamHeaders, eventText } from "./event-stream.ts";

/** Between two looks at the project, while anybody watches. */
const lookMs = 1_000;
/** Looks without news after which `alive` is sent, so that a watcher can tell silence from a broken line. */
const quietLooksMax = 5;
/** Watchers at once; browsers hold one for each of their windows. */
const watchersMax = 64;

/** When a control plane was last seen changes with each look, and is no news. */
const withoutLooks = (name: string, value: unknown): unknown => (name === "lastSeen" ? undefined : value);

/** Kinds of things that a watcher asks for anew when they have changed. */
export type Changed = "runs" | "release";

const none: ReadonlySet<Changed> = new Set();

interface Watcher {
  /** It lacks the newest state. */
  isBehind: boolean;
  /** What it was not told yet. */
  changed: ReadonlySet<Changed>;
}

/**
 * Tells everybody who watches what the project is doing. One look serves all of them, and nobody looks while nobody watches.
 *
 * What has not changed is not sent. A watcher that does not read is skipped until it does, and then gets the newest: states
 * stand for themselves, so no more is kept for it than which kinds of things have changed. While the status cannot be had,
 * that is the state.
 */
export class Live {
  readonly #control: Pick<ControlPlane, "status" | "manifest" | "dags">;
  readonly #watchers = new Map<ServerResponse, Watcher>();
  #timer: NodeJS.Timeout | undefined;
  #closed = false;
  /** What was last told of the status; empty while it is not known. */
  #told = "";
  #quiet = 0;
  #seen: Record<Changed, unknown> = { runs: undefined, release: undefined };

  constructor(control: Pick<ControlPlane, "status" | "manifest" | "dags">) {
    this.#control = control;
  }

  /**
   * Takes over the response, until its reader leaves.
   * @throws MillraceError `MR-HTTP-008` when too many watch, before anything is sent
   */
  follow(response: ServerResponse, headers: Record<string, string>, takeOver: () => void): void {
    if (this.#watchers.size >= watchersMax) throw new MillraceError("MR-HTTP-008", { what: `${watchersMax} windows watch the project, which is the most`, where: "/api/v1/live", mend: "close one", retryable: true });
    takeOver();
    response.writeHead(200, { ...headers, ...eventStreamHeaders });
    response.write(": open\n\n");
    this.#watchers.set(response, { isBehind: true, changed: none });
    response.once("close", () => this.#watchers.delete(response));
    if (this.#timer === undefined) this.#lookAfter(0);
  }

  /** Ends every stream. */
  close(): void {
    this.#closed = true;
    clearTimeout(this.#timer);
    // The server waits for its connections, and a reader may keep its end of one for as long as it likes.
    for (const response of this.#watchers.keys()) {
      const { socket } = response;
      response.end(() => socket?.destroy());
    }
  }

  #lookAfter(ms: number): void {
    this.#timer = setTimeout(() => {
      void this.#look().finally(() => {
        this.#timer = undefined;
        if (!this.#closed && this.#watchers.size > 0) this.#lookAfter(lookMs);
      });
    }, ms);
    this.#timer.unref();
  }

  async #look(): Promise<void> {
    try {
      const status = await this.#control.status();
      const news = JSON.stringify(status, withoutLooks);
      this.#send(eventText("status", status), news !== this.#told);
      this.#told = news;
    } catch (error) {
      this.#told = "";
      this.#send(eventText("trouble", { error: asMillraceError(error, "the project's status").toJSON() }), true);
    }
  }

  #changes(): Changed[] {
    const now: Record<Changed, unknown> = { runs: this.#control.dags.revision(), release: this.#control.manifest().release };
    const changed = (Object.keys(now) as Changed[]).filter((kind) => now[kind] !== this.#seen[kind]);
    this.#seen = now;
    return changed;
  }

  #send(state: string, isNew: boolean): void {
    const news = this.#changes();
    this.#quiet = isNew || news.length > 0 ? 0 : this.#quiet + 1;
    const alive = this.#quiet >= quietLooksMax ? eventText("alive", { at: new Date().toISOString() }) : "";
    if (alive !== "") this.#quiet = 0;
    for (const [response, watcher] of this.#watchers) {
      const isBehind = isNew || watcher.isBehind;
      const changed = new Set([...watcher.changed, ...news]);
      const isTold = this.#write(response, `${isBehind ? state : ""}${changed.size > 0 ? eventText("changed", [...changed]) : ""}${alive}`);
      this.#watchers.set(response, isTold ? { isBehind: false, changed: none } : { isBehind, changed });
    }
  }

  /** False where the reader has not taken what was sent before. */
  #write(response: ServerResponse, text: string): boolean {
    if (response.writableNeedDrain) return false;
    if (text !== "") response.write(text);
    return true;
  }
}
