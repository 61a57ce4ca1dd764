import type { Completion, CompletionContext, CompletionResult } from "@codemirror/autocomplete";
import { allowedFunctions } from "../../../../src/sql/allowed-functions.ts";

/** A table or topic as statements name it, with its columns where they are known. */
export interface NamedDataset {
  /** `sales.daily`, `topics.orders`; parts in quotes where they need them. */
  name: string;
  kind: "table" | "topic";
  columns: { name: string; type: string }[];
}

const keywords = "all and as asc between by case cast cross desc describe distinct else end except exclude exists false filter from full group having ilike in inner intersect is join lateral left like limit natural not null offset on or order outer over partition pivot qualify recursive replace right rows sample select semi summarize table then true union unnest unpivot using values when where window with within at version timestamp interval".split(" ");

/** What a name must be to stand without quotes. */
const plain = /^[a-z_][a-z0-9_]*$/;
const reserved = new Set("all and any as asc case cast check column constraint create default desc distinct do else end except false fetch for foreign from group having in initially intersect into lateral leading limit not null offset on only or order placing primary references returning select some symmetric table then to trailing true union unique using variadic when where window with".split(" "));

/** A name of one part as a statement has it: in quotes where it needs them. */
export const inSql = (part: string): string => (plain.test(part) && !reserved.has(part) ? part : `"${part.replaceAll('"', '""')}"`);

/** @param name - of a table, with its database before the first dot */
export const tableInSql = (name: string): string => {
  const dot = name.indexOf(".");
  return dot < 0 ? inSql(name) : `${inSql(name.slice(0, dot))}.${inSql(name.slice(dot + 1))}`;
};

export const topicInSql = (name: string): string => `topics.${inSql(name)}`;

const fixed: Completion[] = [
  ...keywords.map((label) => ({ label, type: "keyword", boost: -1 })),
  ...[...allowedFunctions].filter((name) => plain.test(name)).map((label) => ({ label, type: "function", apply: `${label}(`, boost: -2 })),
];

/** What may stand at a place: names of datasets, columns of those that the text mentions, functions, keywords. */
export function completionsFor(datasets: readonly NamedDataset[]): (context: CompletionContext) => CompletionResult | null {
  const tables = datasets.map(({ name, kind, columns }): Completion => ({ label: name, type: kind === "topic" ? "variable" : "class", detail: kind, ...(columns.length > 0 && { info: columns.map((column) => `${column.name} ${column.type}`).join("\n").slice(0, 2_000) }), boost: 1 }));
  return (context) => {
    const word = context.matchBefore(/[\w."\u0080-\uffff-]+/);
    if (word === null && !context.explicit) return null;
    return { from: word?.from ?? context.pos, options: [...columnsIn(context.state.doc.toString(), datasets), ...tables, ...fixed], validFor: /^[\w."\u0080-\uffff-]*$/ };
  };
}

/** Columns of the datasets whose names stand in the text, alone and behind an alias of theirs. */
function columnsIn(text: string, datasets: readonly NamedDataset[]): Completion[] {
  const lower = text.toLowerCase();
  const used = datasets.filter(({ name }) => lower.includes(name.toLowerCase()));
  const options = new Map<string, Completion>();
  for (const { name, columns } of used) {
    const alias = aliasOf(text, name);
    for (const column of columns) {
      const label = inSql(column.name);
      options.set(label, { label, type: "property", detail: `${column.type} · ${name}`, boost: 3 });
      if (alias !== undefined) options.set(`${alias}.${label}`, { label: `${alias}.${label}`, type: "property", detail: column.type, boost: 2 });
    }
  }
  return [...options.values()];
}

const noAlias = new Set([...keywords, "set"]);

function aliasOf(text: string, name: string): string | undefined {
  const escaped = name.replaceAll(/[.*+?^${}()|[\]\\]/g, "\\$&");
  const alias = new RegExp(`${escaped}\\s+(?:as\\s+)?([a-z_]\\w*)`, "i").exec(text)?.[1];
  return alias === undefined || noAlias.has(alias.toLowerCase()) ? undefined : alias;
}
