import type { ChildProcess } from "node:child_process";

export interface KeptLines {
  /** The last lines of both streams, and before them the reason of a fatal end. */
  lastWords(): string;
  /** The last line of standard output that was not empty. */
  lastLine(): { text: string; whole: boolean } | undefined;
  /** Hands on what came without an end of line, and says what was left out. */
  end(): void;
}

export interface LineTaker {
  onLine: (line: string, stream: "stdout" | "stderr") => void;
  /** At most once a second. */
  onLeftOut: (lines: number) => void;
}

/**
 * Hands on whole lines, and keeps the last of them for when the process has died and someone asks why. A process that says
 * too much is cut short, or it would fill the disk and keep the control plane busy with nothing else.
 */
export function keepLines(child: ChildProcess, { onLine, onLeftOut }: LineTaker): KeptLines {
  const last: string[] = [];
  let lastLine: { text: string; whole: boolean } | undefined;
  let fatal: string | undefined;
  let second = { since: performance.now(), lines: 0, bytes: 0, dropped: 0 };
  let telling: NodeJS.Timeout | undefined;
  const turn = (): void => {
    clearTimeout(telling);
    telling = undefined;
    if (second.dropped > 0) onLeftOut(second.dropped);
    second = { since: performance.now(), lines: 0, bytes: 0, dropped: 0 };
  };
  const take = (text: string, stream: "stdout" | "stderr", cut: boolean): void => {
    const line = text.slice(0, lineMax);
    if (performance.now() - second.since >= 1_000) turn();
    second.lines++;
    second.bytes += line.length;
    if (second.lines > linesMax || second.bytes > lineBytesMax) {
      second.dropped++;
      telling ??= setTimeout(turn, 1_000).unref();
    } else onLine(line, stream);
    if (stream === "stdout") lastLine = { text: line, whole: !cut && text.length <= lineMax };
    // V8 prints a long stack after it, which would push the reason out.
    if (fatal === undefined && fatalWords.test(line)) fatal = line.slice(0, 400);
    last.push(line.slice(0, 400));
    if (last.length > 20) last.shift();
  };
  const streams = (["stdout", "stderr"] as const).map((name) => {
    let rest = "";
    /** The line at hand has lost its beginning. */
    let cut = false;
    child[name]?.setEncoding("utf8").on("data", (text: string) => {
      const lines = (rest + text).split("\n");
      const tail = lines.pop() ?? "";
      for (const [i, line] of lines.entries()) if (line !== "") take(line, name, cut && i === 0);
      cut = (cut && lines.length === 0) || tail.length > lineMax;
      rest = tail.slice(-lineMax);
    });
    return (): void => {
      if (rest !== "") take(rest, name, cut);
      rest = "";
    };
  });
  const end = (): void => {
    for (const flush of streams) flush();
    turn();
  };
  return { lastWords: () => [...(fatal !== undefined && !last.includes(fatal) ? [fatal] : []), ...last].join("\n"), lastLine: () => lastLine, end };
}

const fatalWords = /^FATAL ERROR:|heap out of memory/;
const lineMax = 64 * 1024;
/** Lines, and characters in them, that a process may say in one second. */
const linesMax = 1_000;
const lineBytesMax = 1024 * 1024;
