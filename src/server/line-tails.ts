import type { ServerResponse } from "node:http";
import { MillraceError } from "../errors.ts";
import { eventText } from "./event-stream.ts";
import type { StageLines } from "./insight-control.ts";

/** Lines that come at once are told at once. */
const gatherMs = 100;
const heartbeatMs = 15_000;

export interface FollowingLines {
  lines: StageLines;
  /** `number` of the last line that the reader has. */
  after: number;
  headers: Record<string, string>;
  takeOver: () => void;
}

/** Follows the logs of stages as server-sent events. A reader that does not read is told later, of what is still kept then. */
export class LineTails {
  readonly #tailsMax: number;
  readonly #open = new Set<() => void>();

  /** @param tailsMax - open at once; the next is refused */
  constructor(tailsMax: number) {
    this.#tailsMax = tailsMax;
  }

  /** Takes over the response. @throws MillraceError `MR-HTTP-008` when too many are open, before anything is sent */
  follow(response: ServerResponse, stage: string, { lines, after, headers, takeOver }: FollowingLines): void {
    if (this.#open.size >= this.#tailsMax) throw new MillraceError("MR-HTTP-008", { what: `${this.#tailsMax} logs are followed, which is the most`, where: `stage "${stage}"`, mend: "close one, or read its last lines", retryable: true });
    takeOver();
    response.writeHead(200, headers);
    response.write(": open\n\n");
    let told = after;
    let waiting: NodeJS.Timeout | undefined;
    const tell = (): void => {
      waiting = undefined;
      if (response.writableNeedDrain) return;
      const news = lines.lines(told);
      if (news.length === 0) return;
      told = news[news.length - 1].number;
      response.write(eventText("lines", news));
    };
    const hear = (): void => {
      waiting ??= setTimeout(tell, gatherMs).unref();
    };
    const stop = lines.onLine(hear);
    const heartbeat = setInterval(() => !response.writableNeedDrain && response.write(": still here\n\n"), heartbeatMs).unref();
    const end = (): void => {
      stop();
      clearTimeout(waiting);
      clearInterval(heartbeat);
      this.#open.delete(end);
      response.end();
    };
    this.#open.add(end);
    response.once("close", end);
    response.on("drain", hear);
    tell();
  }

  /** Ends every one. */
  close(): void {
    for (const end of [...this.#open]) end();
  }
}
