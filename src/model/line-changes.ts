/** A line of a text that has become another one; or so many lines that nobody needs to see, most of them the same in both. */
export type LineChange = { kind: "same" | "gone" | "new"; text: string } | { kind: "left-out"; lines: number };

type Line = Extract<LineChange, { text: string }>;

/** Lines that are the same, around those that are not. */
const aroundMax = 2;
/** Pairs of lines that are held against each other; of more all count as changed. */
const pairsMax = 1_000_000;

/** Of one difference. */
const linesMax = 60;

/**
 * Two values that a line has no room for, line by line, JSON with a line for each of its parts; undefined where there is room for
 * both, and where one is nothing.
 *
 * @param charsMax - of a line
 */
export function changedLines(before: unknown, after: unknown, charsMax: number): LineChange[] | undefined {
  const isNothing = (value: unknown): boolean => value === null || value === "";
  if (isNothing(before) || isNothing(after) || [before, after].every((value) => fits(value, charsMax))) return undefined;
  const lines = lineChanges(textOf(before), textOf(after), charsMax);
  return lines.length <= linesMax ? lines : [...lines.slice(0, linesMax), { kind: "left-out", lines: lines.slice(linesMax).reduce((sum, line) => sum + (line.kind === "left-out" ? line.lines : 1), 0) }];
}

const textOf = (value: unknown, indent?: number): string => (typeof value === "string" ? value : JSON.stringify(value, null, indent ?? 2));
const fits = (value: unknown, charsMax: number): boolean => textOf(value, 0).length <= charsMax && !textOf(value, 0).includes("\n");

/**
 * What differs between two texts, line by line: what is gone stands before what is new in its place, with lines that are the same around.
 *
 * @param charsMax - of a line; of a longer one the part where it differs from the other
 * @param around - how many lines before and behind a difference are shown. Default: two
 */
export function lineChanges(before: string, after: string, charsMax: number, around = aroundMax): LineChange[] {
  const [old, now] = [before.split("\n"), after.split("\n")];
  const start = alike(old, now);
  const end = alike(old.slice(start).reverse(), now.slice(start).reverse());
  const same = (lines: string[]): Line[] => lines.map((text) => ({ kind: "same", text }));
  const changed = aligned(old.slice(start, old.length - end), now.slice(start, now.length - end));
  return leftOut([...same(old.slice(0, start)), ...cutAtDifference(changed, charsMax), ...same(old.slice(old.length - end))], around).map((line) => (line.kind === "same" ? { ...line, text: beginning(line.text, charsMax) } : line));
}

/** How many of both begin alike. */
function alike(a: ArrayLike<string>, b: ArrayLike<string>): number {
  let i = 0;
  while (i < a.length && i < b.length && a[i] === b[i]) i++;
  return i;
}

/** The longest sequence of lines that both have stays. */
function aligned(old: string[], now: string[]): Line[] {
  const gone = (text: string): Line => ({ kind: "gone", text });
  const fresh = (text: string): Line => ({ kind: "new", text });
  if (old.length * now.length > pairsMax) return [...old.map(gone), ...now.map(fresh)];
  const width = now.length + 1;
  const common = new Uint32Array((old.length + 1) * width);
  for (let i = old.length - 1; i >= 0; i--) {
    for (let j = now.length - 1; j >= 0; j--) common[i * width + j] = old[i] === now[j] ? common[(i + 1) * width + j + 1] + 1 : Math.max(common[(i + 1) * width + j], common[i * width + j + 1]);
  }
  const lines: Line[] = [];
  let [i, j] = [0, 0];
  while (i < old.length || j < now.length) {
    if (i < old.length && j < now.length && old[i] === now[j]) {
      lines.push({ kind: "same", text: old[i] });
      i++;
      j++;
    } else if (j === now.length || (i < old.length && common[(i + 1) * width + j] >= common[i * width + j + 1])) lines.push(gone(old[i++]));
    else lines.push(fresh(now[j++]));
  }
  return lines;
}

/** The first line that is gone is held against the first that is new in its place, and so on. */
function cutAtDifference(lines: Line[], charsMax: number): Line[] {
  const cut = [...lines];
  for (let from = 0; from < lines.length; ) {
    const run = lines.slice(from).findIndex(({ kind }) => kind === "same");
    const to = run < 0 ? lines.length : from + run;
    const of = (kind: Line["kind"]): number[] => Array.from({ length: to - from }, (_, i) => from + i).filter((i) => lines[i].kind === kind);
    const [gone, fresh] = [of("gone"), of("new")];
    for (let i = 0; i < Math.max(gone.length, fresh.length); i++) {
      const [a, b] = [lines[gone[i]]?.text ?? "", lines[fresh[i]]?.text ?? ""];
      for (const place of [gone[i], fresh[i]]) if (place !== undefined) cut[place] = { ...lines[place], text: partAt(lines[place].text, alike(a, b), charsMax) };
    }
    from = to + 1;
  }
  return cut;
}

/** Of a long text the part around a place, with some of what stands before it. */
function partAt(text: string, place: number, charsMax: number): string {
  if (text.length <= charsMax) return text;
  const from = Math.max(0, Math.min(place - Math.floor(charsMax / 3), text.length - charsMax));
  return `${from > 0 ? "…" : ""}${beginning(text.slice(from), charsMax)}`;
}

const beginning = (text: string, charsMax: number): string => (text.length <= charsMax ? text : `${text.slice(0, charsMax)}…`);

function leftOut(lines: Line[], around: number): LineChange[] {
  if (!Number.isFinite(around)) return lines;
  const isNear = lines.map((_, i) => lines.slice(Math.max(0, i - around), i + around + 1).some(({ kind }) => kind !== "same"));
  const shown: LineChange[] = [];
  for (const [i, line] of lines.entries()) {
    const last = shown.at(-1);
    if (isNear[i]) shown.push(line);
    else if (last?.kind === "left-out") last.lines++;
    else shown.push({ kind: "left-out", lines: 1 });
  }
  return shown;
}
