import type { ColumnProfile, Figure, Finding, Relations, TableProfile } from "../../quality/profile/profile.ts";
import { countText } from "./number-text.ts";
import { plainText } from "./plain-text.ts";
import type { Style } from "./style.ts";
import { tableText } from "./table-text.ts";
import { numberText } from "./value-text.ts";

interface Output {
  style: Style;
  width?: number;
}

const right = { align: "right" as const };

/** A line for each column, then what a person should look at. */
export function profileText(profile: TableProfile, output: Output): string {
  const { dataset, snapshot, partitions, rows, files, columns, columnsLeftOut, findings, relations } = profile;
  const { style } = output;
  const of = [snapshot === null ? "" : `version ${snapshot}`, partitions?.join(", ") ?? "", `${countText(rows)} rows`, files.all === 0 ? "" : `${countText(files.all)} files, ${countText(files.read)} read for this`];
  const parts = [
    `${style.bold(plainText(dataset))}  ${plainText(of.filter((text) => text !== "").join(", "))}\n`,
    tableText([{ title: "column" }, { title: "type" }, { title: "null", ...right }, { title: "distinct", ...right }, { title: "min" }, { title: "max" }, { title: "distribution" }, { title: "what it is" }], columns.map(columnRow), output),
    ...(profile.notes ?? []).map((note) => `${style.warn(plainText(note))}\n`),
    columnsLeftOut > 0 ? `${style.warn(`${countText(columnsLeftOut)} more columns were left out.`)}\n` : "",
    findings.length === 0 ? "" : `\n${style.bold("To look at")}\n${findings.map((finding) => findingLine(finding, style)).join("")}`,
    relations ? relationsText(relations, output) : "",
  ];
  return parts.join("");
}

function columnRow(column: ColumnProfile): string[] {
  const { name, type, rows, nulls, distinct, min, max, kind } = column;
  const size = kind === "size" && column.numbers ? column.numbers.quantiles.values : undefined;
  return [name, type, shareText(nulls, rows), kind === "struct" ? "" : figureText(distinct), short(size ? `${size[0]} elements` : (min ?? "")), short(size ? `${size.at(-1)} elements` : (max ?? "")), distribution(column), whatItIs(column)];
}

const short = (text: string): string => (text.length > 24 ? `${text.slice(0, 23)}…` : text);

/** `~` before what is not exact. */
export const figureText = ({ value, exact }: Figure): string => `${exact ? "" : "~"}${countText(value)}`;

export function shareText(count: number, of: number): string {
  if (count === 0 || of === 0) return "";
  const percent = (count / of) * 100;
  return percent < 0.1 ? "<0.1 %" : percent > 99.9 && count < of ? ">99.9 %" : `${percent.toFixed(1)} %`;
}

const heights = "▁▂▃▄▅▆▇█";

/** Of numbers bars; of others the most frequent values. */
function distribution({ numbers, frequent, rows }: ColumnProfile): string {
  if (numbers !== null && numbers.histogram.length > 1) {
    const most = Math.max(...numbers.histogram.map(({ count }) => count));
    return numbers.histogram.map(({ count }) => heights[Math.min(heights.length - 1, Math.floor((count / most) * heights.length))]).join("");
  }
  return (frequent?.values ?? []).slice(0, 3).map(({ value, count }) => `${short(value)} ${shareText(count, rows)}`).join(", ");
}

function whatItIs({ nature, meaning, personal, shapes, numbers, kind }: ColumnProfile): string {
  const shape = shapes !== null && shapes.values[0].share >= 0.8 ? shapes.values[0].shape : "";
  const mean = numbers !== null && kind !== "time" && numbers.deviation !== null && numbers.mean !== null ? `mean ${numberText(numbers.mean)} ± ${numberText(numbers.deviation)}` : "";
  return [nature ?? "", personal === null ? "" : `${personal}, not shown`, meaning?.kind ?? "", shape, mean].filter((text) => text !== "").join(", ");
}

export function findingLine({ column, text, rows, values }: Finding, style: Style): string {
  const count = rows === undefined || (rows.value === 0 && !rows.exact) ? "" : ` (${rows.exact ? "" : "at least "}${countText(rows.value)} rows)`;
  const shown = values.length === 0 ? "" : `: ${values.slice(0, 5).map((value) => JSON.stringify(value)).join(", ")}`;
  return `  ${style.warn(plainText(column))} ${plainText(`${text}${count}${shown}`)}\n`;
}

function relationsText({ keys, dependencies, references = [], correlations, sampledRows, notes }: Relations, { style }: Output): string {
  const strong = correlations.filter(({ pearson, spearman }) => Math.max(Math.abs(pearson ?? 0), Math.abs(spearman ?? 0)) >= 0.5);
  const lines = [
    ...keys.map((key) => `key: ${key.join(", ")}`),
    ...dependencies.map(({ from, to }) => `${from} → ${to}: rows that agree in the one agree in the other`),
    ...references.map(({ from, table, to }) => `${from} → ${table}.${to}: each value is there`),
    ...strong.map(({ a, b, pearson, spearman }) => `${a} ~ ${b}: Pearson ${numberText(pearson ?? Number.NaN)}, Spearman ${numberText(spearman ?? Number.NaN)}, of ${countText(sampledRows)} rows`),
    ...notes,
  ];
  return `\n${style.bold("Relations")}\n${(lines.length === 0 ? ["none found"] : lines).map((line) => `  ${plainText(line)}\n`).join("")}`;
}
