import type { ProjectStatus } from "../server/control-plane.ts";
import type { Style } from "./output/style.ts";
import { progressLine, progressLines } from "./output/progress-text.ts";
import { reasonsText } from "./output/status-text.ts";
import { LiveArea, type Terminal } from "./live-area.ts";
import { brokenStages } from "./settling.ts";

/** Shows how a run goes, on stderr: results have stdout to themselves. */
export interface Progress {
  /** Milliseconds between two looks. */
  readonly everyMs: number;
  show(status: ProjectStatus, message: string): void;
  /** Makes room for text that stays. */
  clear(): void;
}

export interface ProgressTarget extends Terminal {
  isTTY?: boolean;
}

const elapsed = (): number => performance.now() / 1_000;

export function progressOn(target: ProgressTarget, style: Style): Progress {
  return target.isTTY && process.env.TERM !== "dumb" ? liveProgress(target, style) : new LineProgress(target, style);
}

function liveProgress(terminal: Terminal, style: Style): Progress {
  const area = new LiveArea(terminal);
  process.once("exit", () => area.leave());
  return {
    everyMs: 250,
    show: (status, message) => area.draw(progressLines(status, { style, width: terminal.columns ?? 80, elapsedSeconds: elapsed(), message })),
    clear: () => area.clear(),
  };
}

const lineEveryMs = 5_000;

/** Plain lines for logs and pipes: one every five seconds while something moves, and one when a stage stops. */
class LineProgress implements Progress {
  readonly everyMs = 500;
  readonly #target: Terminal;
  readonly #style: Style;
  #last = { text: "", at: -lineEveryMs };
  #broken = "";

  constructor(target: Terminal, style: Style) {
    this.#target = target;
    this.#style = style;
  }

  show(status: ProjectStatus): void {
    const broken = brokenStages(status).join();
    if (broken !== this.#broken && broken !== "") this.#target.write(reasonsText(status.stages, this.#style));
    this.#broken = broken;
    const now = performance.now();
    if (now - this.#last.at < lineEveryMs) return;
    const text = progressLine(status, elapsed());
    // Beside the time that has passed, nothing is new: nothing is said.
    const news = text.replace(/^.*? {2}/, "");
    if (news !== this.#last.text) this.#target.write(`${text}\n`);
    this.#last = { text: news, at: now };
  }

  clear(): void {}
}
