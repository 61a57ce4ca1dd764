import { sqlText } from "../../../lake/duckdb.ts";
import { scalar } from "../../nested/nested-type.ts";
import { unfit } from "../../nested/wrangle-error.ts";
import type { Step } from "../step.ts";
import { trimSpace } from "../white-space.ts";
import { lower } from "./letter-case.ts";
import { type Misfits, readingStep, type TextColumn, type WithRead } from "./reading-step.ts";
import { trimSql } from "./trim.ts";

export interface ParseBooleanOptions<M extends Misfits = Misfits> {
  /** Texts for true, in place of those that are known. */
  yes?: readonly string[];
  /** Texts for false, in place of those that are known. */
  no?: readonly string[];
  /** What becomes of any other text. */
  misfits?: M;
}

const yesWords = ["true", "t", "yes", "y", "1", "on", "x", "✓", "ja", "j", "wahr", "oui", "vrai", "sí", "si", "sì", "vero", "waar", "sant"];
const noWords = ["false", "f", "no", "n", "0", "off", "nein", "falsch", "non", "faux", "falso", "nee", "onwaar", "nej", "falskt"];

/**
 * Reads true and false as people write them: yes and no, ja and nein, t and f, 1 and 0; without case and white space around them.
 * @example parseBoolean("active", { yes: ["aktiv"], no: ["inaktiv", ""] })
 */
export function parseBoolean<T, const K extends TextColumn<T>, const M extends Misfits = "quarantine">(columns: K | readonly K[], options: ParseBooleanOptions<M> = {}): Step<T, WithRead<T, K, boolean, M>> {
  return { kind: "parseBoolean", columns: [columns].flat(), ...options };
}

export const parseBooleanKind = readingStep<{ yes: string[]; no: string[] }>({
  kind: "parseBoolean",
  read: (given) => {
    const words = (name: "yes" | "no", known: readonly string[]): string[] => given.texts(name, known).map((text) => lower(trimSpace(text)));
    const [yes, no] = [words("yes", yesWords), words("no", noWords)];
    const both = yes.find((word) => no.includes(word));
    if (both !== undefined) throw unfit(`${JSON.stringify(both)} stands for both`, "parseBoolean", "leave it out of `yes` or of `no`");
    if (yes.length === 0 || no.length === 0) throw unfit("nothing stands for one of true and false", "parseBoolean", "name a text in `yes` and in `no`");
    return { yes, no };
  },
  type: () => scalar("BOOLEAN"),
  misfit: () => "is neither yes nor no",
  sql: (value, { yes, no }, once) => {
    const word = once(`lower(${trimSql(value)})`);
    const isAmong = (words: readonly string[]): string => `list_contains([${words.map(sqlText).join(", ")}], ${word})`;
    return `case when ${isAmong(yes)} then true when ${isAmong(no)} then false end`;
  },
  text: ({ yes, no }) => {
    const values = new Map([...yes.map((word): [string, boolean] => [word, true]), ...no.map((word): [string, boolean] => [word, false])]);
    return (text) => values.get(lower(trimSpace(text))) ?? null;
  },
});
