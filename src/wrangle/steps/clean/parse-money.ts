import type { Flat } from "../../../model/schema-types.ts";
import { varchar } from "../../nested/nested-type.ts";
import { unfit } from "../../nested/wrangle-error.ts";
import { Rejection, type RowStep, type Step } from "../step.ts";
import { columnSql, textColumns } from "../text-step.ts";
import { space } from "../white-space.ts";
import { decimalTarget, type Target } from "./cast.ts";
import { amountPattern, type Marks, plainAmount, type ReadMarks, readMarks, signRules } from "./parse-number.ts";
import { boundedSql, isLong, type Misfits, misfitSql, misfitText, type TextColumn } from "./reading-step.ts";
import { Computed } from "../computed.ts";
import { type Rewrite, rewriter, rewriteSql } from "./rewrite.ts";

export interface ParseMoneyOptions<Currency extends string = string, M extends Misfits = Misfits> extends Marks {
  /** The column for the currency's code of three letters (ISO 4217). Default "currency". */
  currency?: Currency;
  /** The code of amounts that stand alone. Default: they do not fit. */
  bare?: string;
  /** What symbols mean here, beside and before those that mean one currency: `{ kr: "SEK", $: "CAD" }`. */
  symbols?: Readonly<Record<string, string>>;
  /** Digits behind the point that are kept, 0 to 10. Default 2. An amount of more is no misfit only where these are zeros. */
  scale?: number;
  /** What becomes of a text that is no amount of money. */
  misfits?: M;
}

/**
 * Reads amounts of money: `$1,234.50`, `-€ 5`, `(12.00 USD)`, `SEK 7`, `$1.2m`, `3bn EUR`. The amount is a DECIMAL, in TypeScript a
 * text; the currency goes into a column of its own. `$` is USD, `£` GBP and `¥` JPY where `symbols` does not say otherwise; `kr`
 * is of several countries and needs it. `k`, `m` (`mn`, `mio`, `million`) and `bn` (`b`, `mrd`, `billion`) count thousands.
 *
 * @example parseMoney("price", { currency: "price_currency", symbols: { kr: "SEK" } })
 */
export function parseMoney<T, const K extends TextColumn<T>, const Currency extends string = "currency", const M extends Misfits = "quarantine">(
  column: K,
  options: ParseMoneyOptions<Currency, M> = {},
): Step<T, Flat<Omit<T, K | Currency> & { [C in K]: string | Extract<T[C], null> | (M extends "null" ? null : never) } & { [C in Currency]: string | Extract<T[K], null> | (M extends "null" ? null : never) }>> {
  return { kind: "parseMoney", column, ...options };
}

interface ParseMoney extends ReadMarks {
  column: string;
  currency: string;
  bare: string | undefined;
  /** What stands for which code, the longest first. */
  symbols: [symbol: string, code: string][];
  target: Target;
  misfits: Misfits;
}

const codes = "AED ARS AUD BGN BRL CAD CHF CLP CNY COP CZK DKK EGP EUR GBP HKD HUF IDR ILS INR ISK JPY KES KRW KWD MAD MXN MYR NGN NOK NZD PEN PHP PKR PLN QAR RON RUB SAR SEK SGD THB TRY TWD UAH USD VND ZAR".split(" ");
const knownSymbols: Readonly<Record<string, string>> = { $: "USD", US$: "USD", A$: "AUD", C$: "CAD", CA$: "CAD", NZ$: "NZD", HK$: "HKD", S$: "SGD", R$: "BRL", "€": "EUR", "£": "GBP", "¥": "JPY", "₹": "INR", "₩": "KRW", "₽": "RUB", "₺": "TRY", "₪": "ILS", "₴": "UAH", "₦": "NGN", "₱": "PHP", "₫": "VND", "฿": "THB", zł: "PLN", Kč: "CZK", Ft: "HUF", "Fr.": "CHF", lei: "RON" };
const thousands = [["k|K|thousand", 1], ["mn|mio[.]?|million|m|M", 2], ["bn|mrd[.]?|billion|b|B", 3]] as const;
const misfit = "is no amount of money";

export const parseMoneyKind: RowStep<ParseMoney> = {
  kind: "parseMoney",
  scope: "row",
  read: (given) => {
    const [column, currency] = [given.text("column"), given.text("currency", "currency")];
    const bare = given.has("bare") ? given.text("bare") : undefined;
    const symbols = { ...Object.fromEntries(codes.map((code) => [code, code])), ...knownSymbols, ...given.table("symbols", {}) } as Record<string, string>;
    const odd = [...Object.values(symbols), ...(bare === undefined ? [] : [bare])].find((code) => !/^[A-Z]{3}$/.test(String(code)));
    if (odd !== undefined || "" in symbols) throw unfit(`${JSON.stringify(odd ?? "")} is no code of a currency`, "parseMoney", "write three capital letters, as EUR");
    if (column === currency) throw unfit("amount and currency go into one column", "parseMoney", "name another in `currency`");
    const longestFirst = Object.entries(symbols).sort(([a], [b]) => b.length - a.length);
    return { ...readMarks(given), column, currency, bare, symbols: longestFirst, target: decimalTarget(28, given.number("scale", { min: 0, max: 10, whole: true, fallback: 2 })), misfits: given.oneOf("misfits", ["quarantine", "null"], "quarantine") };
  },
  sql: (options, input) => {
    const [{ name }] = textColumns(input, [options.column], "parseMoney");
    const value = columnSql(name);
    const first = new Computed();
    const rest = first.once(rewriteSql(boundedSql(value), rulesOf(options)));
    const amount = first.once(options.target.sql(rewriteSql(`split_part(${rest}, '#', 1)`, options.target.rules)));
    const code = `case when ${amount} is not null then split_part(${rest}, '#', 2) end`;
    return {
      first: first.values,
      set: [{ name, sql: amount, type: options.target.type }, { name: options.currency, sql: code, type: varchar }],
      ...(options.misfits === "quarantine" && { reject: `case when ${value} is not null and ${amount} is null then ${misfitSql(name, misfit, value)} end` }),
    };
  },
  row: (options) => {
    const { column, currency, target, misfits } = options;
    const [rewrite, decimal] = [rewriter(rulesOf(options)), rewriter(target.rules)];
    return (row) => {
      const text = row[column] ?? null;
      if (typeof text !== "string") return { ...row, [column]: text, [currency]: null };
      const [digits = "", code = null] = isLong(text) ? [] : rewrite(text).split("#");
      const amount = target.value(decimal(digits));
      if (amount === null && misfits === "quarantine") return new Rejection(misfitText(column, misfit, text));
      return { ...row, [column]: amount, [currency]: amount === null ? null : code };
    };
  },
};

/** Rules that write an amount as `-1234.5#EUR`. */
function rulesOf({ decimal, group, bare, symbols }: ParseMoney): Rewrite[] {
  const one = `(?:${symbols.map(([symbol]) => escaped(symbol)).join("|")})`;
  const number = amountPattern({ decimal, group });
  const times = `(?:${thousands.map(([names]) => names).join("|")})?`;
  const s = `[${space}]*`;
  return [
    { find: "#", by: "?", all: true },
    ...signRules,
    { keep: `[+-]?${s}(?:${one}${s}[+-]?${s}${number}${s}${times}|${number}${s}${times}${s}${one}${bare === undefined ? "" : `|${number}${s}${times}`})` },
    // The sign may stand behind the currency: there is one at most.
    { keep: "[^+-]*[+-]?[^+-]*" },
    { find: `^([+-]?)${s}(${one})${s}([+-]?)${s}(${number}${s}${times})$`, by: "\\1\\3\\4#\\2" },
    { find: `^([+-]?)${s}(${number}${s}${times})${s}(${one})$`, by: "\\1\\2#\\3" },
    ...(bare === undefined ? [] : [{ find: `^([+-]?)${s}(${number}${s}${times})$`, by: `\\1\\2#${bare}` }]),
    ...symbols.filter(([symbol, code]) => symbol !== code).map(([symbol, code]): Rewrite => ({ find: `#${escaped(symbol)}$`, by: `#${code}` })),
    { find: `[${space}]+#`, by: "#" },
    ...thousands.map(([names, zeros]): Rewrite => ({ find: `${s}(?:${names})#`, by: `e${zeros}#` })),
    ...plainAmount({ decimal, group }),
    ...thousands.flatMap(([, zeros]): Rewrite[] => [
      { find: `^([^.]*)e${zeros}#`, by: `\\1.e${zeros}#` },
      { find: `e${zeros}#`, by: `${"0".repeat(3 * zeros)}e${zeros}#` },
      { find: `[.]([0-9]{${3 * zeros}})([0-9]*)e${zeros}#`, by: "\\1.\\2#" },
    ]),
    { keep: "[+-]?[0-9]*[.]?[0-9]*#[A-Z]{3}" },
  ];
}

const escaped = (text: string): string => text.replace(/[\\^$.*+?()[\]{}|/]/g, "\\$&");
