import type { Flat } from "../../../model/schema-types.ts";
import { varchar } from "../../nested/nested-type.ts";
import { unfit } from "../../nested/wrangle-error.ts";
import type { RowStep, Step } from "../step.ts";
import { columnSql, textColumns } from "../text-step.ts";
import type { TextColumn } from "./reading-step.ts";
import { type KeyMethod, keyMethods, keyOf, keySql } from "./word-keys.ts";

export interface WordKeyOptions<Into extends string = string> {
  /** The column that the key goes into. */
  into: Into;
  /** `"fingerprint"`, the default: its words, each once and sorted; `"ngram"`: its pairs of letters; `"phonetic"`: Soundex of each word. */
  method?: KeyMethod;
}

/**
 * A key that texts have in common which mean the same: "Doe, John", "John Doe" and "JOHN  DOE" have `doe john`. Case, accents,
 * signs and the order of words do not count. To group by, to join by; `cluster` goes on to write them alike. Texts of more than
 * 200 characters have none.
 *
 * @example wordKey("name", { into: "name_key" })
 */
export function wordKey<T, const K extends TextColumn<T>, const Into extends string>(column: K, options: WordKeyOptions<Into>): Step<T, Flat<Omit<T, Into> & { [C in Into]: string | null }>> {
  return { kind: "wordKey", column, ...options };
}

interface WordKey {
  column: string;
  into: string;
  method: KeyMethod;
}

export const wordKeyKind: RowStep<WordKey> = {
  kind: "wordKey",
  scope: "row",
  read: (given) => {
    const [column, into] = [given.text("column"), given.text("into")];
    if (into === "") throw unfit("`into` names no column", "wordKey", "name one");
    return { column, into, method: given.oneOf("method", keyMethods, "fingerprint") };
  },
  sql: ({ column, into, method }, input) => {
    const [{ name }] = textColumns(input, [column], "wordKey");
    return { set: [{ name: into, sql: keySql(columnSql(name), method), type: varchar }] };
  },
  row: ({ column, into, method }) => {
    const key = keyOf(method);
    return (row) => ({ ...row, [into]: typeof row[column] === "string" ? key(row[column]) : null });
  },
};
