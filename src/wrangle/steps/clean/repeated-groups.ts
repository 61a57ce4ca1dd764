/* Repeats that the engine (RE2) and JavaScript do not read alike. */

const repeatsMax = 1_000;
const tokens = /\\[^]|\[(?:\\[^]|[^\]\\])*\]|(?<open>\((?:\?(?:<[^>]*>|:))?)|\)(?<often>[*+{])?|\{(?<least>\d+)(?:,(?<most>\d*))?\}/gu;

/**
 * What is not read alike in the repeats of a pattern, for people; undefined where there is nothing. In `(?:(a)|b)*` and "ab" JavaScript forgets
 * the first group when the second branch is taken, and RE2 does not; and RE2 counts to 1,000.
 */
export function unlikeRepeat(source: string): string | undefined {
  const open: { takesOut: boolean; hasInner: boolean }[] = [];
  for (const { 0: token, groups } of source.matchAll(tokens)) {
    const { open: opens, often, least, most } = groups as Record<string, string | undefined>;
    if (Number(least ?? 0) > repeatsMax || Number(most ?? 0) > repeatsMax) return `repeats more than ${repeatsMax} times`;
    if (opens !== undefined) open.push({ takesOut: opens !== "(?:", hasInner: false });
    if (!token.startsWith(")")) continue;
    const closed = open.pop();
    if (closed?.hasInner && often !== undefined) return "repeats a group in which there is another that is taken out";
    const around = open.at(-1);
    if (around !== undefined && (closed?.takesOut || closed?.hasInner)) around.hasInner = true;
  }
  return undefined;
}
