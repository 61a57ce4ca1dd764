import { MillraceError } from "../errors.ts";
import type { Place } from "./place.ts";
import { placeText } from "./place.ts";

const form = /^[A-Za-z0-9][A-Za-z0-9._-]{0,127}$/;
const tablePart = /^[A-Za-z0-9_][A-Za-z0-9_-]*$/;

/** `topic "orders", pipeline.ts:14:23`: how every message names a declaration. */
export function declarationText(kind: string, name: unknown, site: Place | undefined): string {
  const subject = `${kind} ${JSON.stringify(name) ?? String(name)}`;
  return site ? `${subject}, ${placeText(site)}` : subject;
}

/** @throws MillraceError `MR-MODEL-001` when the name could not serve as file name, group and address on every profile */
export function checkName(kind: "topic" | "stage" | "table" | "dag" | "contract", name: unknown, site: Place | undefined): asserts name is string {
  if (typeof name !== "string" || !form.test(name) || name.endsWith(".")) {
    throw new MillraceError("MR-MODEL-001", {
      what: `${JSON.stringify(name) ?? String(name)} is no name for a ${kind}`,
      where: declarationText(kind, name, site),
      mend: "use 1 to 128 letters, digits, dots, hyphens and underscores; the first a letter or a digit, the last no dot",
    });
  }
  if (kind === "table") checkTableName(name, site);
}

function checkTableName(name: string, site: Place | undefined): void {
  const parts = name.split(".");
  if (parts.length === 2 && parts.every((part) => tablePart.test(part))) return;
  throw new MillraceError("MR-MODEL-001", {
    what: `${JSON.stringify(name)} is not of the form namespace.table`,
    where: declarationText("table", name, site),
    mend: parts.length === 1 ? `put a namespace before it, as "main.${name}"` : "use one dot, between namespace and table",
  });
}

/** The candidate nearest to `name` in spelling, when one is near enough to be meant. */
export function nearest(name: string, candidates: Iterable<string>): string | undefined {
  let best: string | undefined;
  let bestDistance = Math.max(1, Math.floor(name.length / 3)) + 1;
  for (const candidate of candidates) {
    const distance = editDistance(name.toLowerCase(), candidate.toLowerCase(), bestDistance);
    if (distance < bestDistance) [best, bestDistance] = [candidate, distance];
  }
  return best;
}

/** Levenshtein's distance, given up as soon as it must reach `limit`. */
function editDistance(a: string, b: string, limit: number): number {
  if (Math.abs(a.length - b.length) >= limit) return limit;
  let row = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      next[j] = Math.min(row[j] + 1, next[j - 1] + 1, row[j - 1] + (a[i - 1] === b[j - 1] ? 0 : 1));
    }
    row = next;
  }
  return row[b.length];
}
