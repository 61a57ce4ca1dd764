import { plainText } from "./plain-text.ts";
import type { Style } from "./style.ts";

/** A heading and a line for each value that there is, its label before it. */
export function labelledText(heading: string, values: readonly (readonly [label: string, value: string | undefined])[], style: Style): string {
  const shown = values.filter((each): each is [string, string] => each[1] !== undefined && each[1] !== "");
  const width = Math.max(0, ...shown.map(([label]) => label.length)) + 1;
  return `${heading}\n${shown.map(([label, value]) => `${style.dim(`${label}:`.padEnd(width))} ${plainText(value)}\n`).join("")}`;
}
