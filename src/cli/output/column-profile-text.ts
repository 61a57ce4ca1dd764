import type { ColumnProfile, Finding } from "../../quality/profile/profile.ts";
import { labelledText } from "./labelled-text.ts";
import { countText } from "./number-text.ts";
import { plainText } from "./plain-text.ts";
import { figureText, findingLine, shareText } from "./profile-text.ts";
import type { Style } from "./style.ts";
import { figureOf, numberText } from "./value-text.ts";

const barCells = 40;

/** All that a profile says of one column. */
export function columnText(column: ColumnProfile, findings: readonly Finding[], { style }: { style: Style }): string {
  const { name, type, rows, nulls, notNumbers, infinities, empty, distinct, min, max, lengths, meaning, nature, personal } = column;
  const values: [string, string | undefined][] = [
    ["rows", countText(rows)],
    ["null", nulls === 0 ? undefined : `${countText(nulls)} (${shareText(nulls, rows)})`],
    ["NaN", notNumbers === 0 ? undefined : countText(notNumbers)],
    ["infinite", infinities === 0 ? undefined : countText(infinities)],
    ["empty", empty === 0 ? undefined : countText(empty)],
    ["distinct", `${figureText(distinct)}${distinct.method === undefined ? "" : ` (${distinct.method})`}`],
    ["min", min ?? undefined],
    ["max", max ?? undefined],
    ["length", lengths === null ? undefined : `${lengths.min} to ${lengths.max} characters, ${numberText(lengths.mean)} on average`],
    ["what it is", [nature ?? "", meaning === null ? "" : `${meaning.kind} (${(meaning.share * 100).toFixed(0)} %)`].filter((text) => text !== "").join(", ")],
    ["personal data", personal === null ? undefined : `${personal}: its values are not shown`],
    ...numberValues(column),
  ];
  const heading = `${style.bold(plainText(name))}  ${plainText(type)}`;
  return [labelledText(heading, values, style), histogramText(column, style), frequentText(column, style), shapesText(column, style), findings.map((finding) => findingLine(finding, style)).join("")].join("");
}

function numberValues({ numbers, kind }: ColumnProfile): [string, string | undefined][] {
  if (numbers === null) return [];
  const at = (hundredth: number): string => figureOf(kind, numbers.quantiles.values[hundredth]);
  return [
    ["mean", numbers.mean === null ? "beyond the largest number" : `${figureOf(kind, numbers.mean)}${numbers.deviation === null || kind === "time" ? "" : ` ± ${numberText(numbers.deviation)}`}`],
    ["skewness", numbers.skewness === null ? undefined : numberText(numbers.skewness)],
    ["kurtosis", numbers.kurtosis === null ? undefined : numberText(numbers.kurtosis)],
    ["quantiles", [1, 5, 25, 50, 75, 95, 99].map((hundredth) => `${hundredth} %: ${at(hundredth)}`).join("  ")],
    ["", numbers.quantiles.method],
  ];
}

function histogramText({ numbers, kind }: ColumnProfile, style: Style): string {
  if (numbers === null || numbers.histogram.length < 2) return "";
  const most = Math.max(...numbers.histogram.map(({ count }) => count));
  const labels = numbers.histogram.map(({ from, to }) => `${figureOf(kind, from)} to ${figureOf(kind, to)}`);
  const width = Math.max(...labels.map((label) => label.length));
  return `\n${numbers.histogram.map(({ count }, i) => `${style.dim(labels[i].padStart(width))}  ${style.accent("█".repeat(Math.round((count / most) * barCells)))} ${countText(count)}\n`).join("")}`;
}

function frequentText({ frequent, rows }: ColumnProfile, style: Style): string {
  if (frequent === null || frequent.values.length === 0) return "";
  const rest = frequent.complete ? "all values" : `the most frequent values; any other has at most ${countText(frequent.missingMax)} rows`;
  return `\n${style.dim(rest)}\n${frequent.values.slice(0, 10).map(({ value, count }) => `  ${plainText(JSON.stringify(value))}  ${countText(count)} (${shareText(count, rows)})\n`).join("")}`;
}

function shapesText({ shapes }: ColumnProfile, style: Style): string {
  if (shapes === null) return "";
  return `\n${style.dim(`shapes, by share of ${shapes.of}`)}\n${shapes.values.map(({ shape, share }) => `  ${plainText(shape)}  ${(share * 100).toFixed(1)} %\n`).join("")}`;
}
