import type { SourcePlan, SourceTablePlan } from "../../server/source-folder-plan.ts";
import { problemText } from "../report-error.ts";
import { bytesText, countText } from "./number-text.ts";
import { plainText } from "./plain-text.ts";
import type { Style } from "./style.ts";

/** Columns of a table that are shown. */
const columnsMax = 12;

/** What a source folder would find and load, as lines for people. */
export function sourcePlanLines({ name, at, tables, unreadable, error }: SourcePlan, style: Style): string[] {
  const head = `  ${style.bold(plainText(`source folder ${name}`))} over ${plainText(at)}`;
  if (error) return [head, problemText(error, style)];
  return [
    `${head}: ${tables.length === 0 ? "no tables" : `${countText(tables.length)} ${tables.length === 1 ? "table" : "tables"}`}`,
    ...tables.flatMap((table) => tableLines(table, style)),
    ...unreadable.first.map(({ path, error }) => style.warn(plainText(`      ! ${path}: ${error.what}`))),
    ...(unreadable.files > unreadable.first.length ? [style.warn(`      ! ${countText(unreadable.files - unreadable.first.length)} more files cannot be read`)] : []),
  ];
}

function tableLines(table: SourceTablePlan, style: Style): string[] {
  const { raw, into, format, files, bytes, partitionColumns, changes, columns, error } = table;
  const parts = partitionColumns.length === 0 ? "" : `, partitioned by ${partitionColumns.join(", ")}`;
  return [
    plainText(`    ${raw}: ${format}, ${countText(files)} ${files === 1 ? "file" : "files"}, ${bytesText(bytes)}${parts}`),
    ...changes.map((change) => style.warn(plainText(`      ~ ${change}`))),
    plainText(`      -> ${into}: ${loadText(table)}`),
    ...(columns.length === 0 ? [] : [plainText(`         ${columnsText(columns)}`)]),
    ...(error ? [problemText(error, style)] : []),
  ];
}

function loadText({ load: { newFiles, changedFiles, goneFiles, bytes } }: SourceTablePlan): string {
  const parts = [[newFiles, "new"], [changedFiles, "changed"]] as const;
  const files = parts.filter(([count]) => count > 0).map(([count, what]) => `${countText(count)} ${what} ${count === 1 ? "file" : "files"}`);
  const gone = goneFiles === 0 ? [] : [`the rows of ${countText(goneFiles)} ${goneFiles === 1 ? "file" : "files"} go`];
  if (files.length + gone.length === 0) return "nothing to load";
  return [...(files.length > 0 ? [`${files.join(" and ")} to load, ${bytesText(bytes)}`] : []), ...gone].join("; ");
}

const marks = { new: "", added: " (comes)", widened: " (widens)", recast: " (another type)" } as const;

/** Those that change come first. */
function columnsText(columns: SourceTablePlan["columns"]): string {
  const isNews = ({ change }: SourceTablePlan["columns"][number]): boolean => change !== null && change !== "new";
  const ordered = [...columns.filter(isNews), ...columns.filter((column) => !isNews(column))];
  const shown = ordered.slice(0, columnsMax).map(({ name, type, change }) => `${name} ${type}${change === null ? "" : marks[change]}`);
  return `${shown.join(", ")}${ordered.length > columnsMax ? `, and ${countText(ordered.length - columnsMax)} more` : ""}`;
}
