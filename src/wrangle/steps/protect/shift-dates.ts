import { createHmac } from "node:crypto";
import { namedFields } from "../named-fields.ts";
import { sameType, typeSql, varchar } from "../../nested/nested-type.ts";
import { unfit } from "../../nested/wrangle-error.ts";
import type { ColumnsOf } from "../column-types.ts";
import { dateText, dayRange, isDateText, dayOf } from "../dates.ts";
import type { Step } from "../step.ts";
import { type KeyOption, cellToProtect, keyPlace, protectedTextSql } from "./keys.ts";
import { keyedStep } from "./keyed-step.ts";

export interface ShiftDatesOptions<K extends string> extends KeyOption {
  /** The column that says whose dates they are. All dates of one subject move by the same number of days, so that the time between them stays. */
  subject: K;
  /** How far at most, in days, 1 to 3,650; never 0. Default 182. */
  days?: number;
}

/**
 * Dates and times move by whole days, earlier or later, each subject's by a number that only who has the key can know. The
 * time of the day stays. A row is rejected without a subject, or with a date that is none or would leave the years 1 to 9999.
 * @example shiftDates(["admitted", "discharged"], { key: secret("patients-key"), subject: "patient" })
 * @throws MillraceError `MR-WRANGLE-001` for a key that is written in clear
 */
export function shiftDates<T, const K extends ColumnsOf<T, string>>(columns: K | readonly K[], { key, ...options }: ShiftDatesOptions<keyof T & string>): Step<T, T> {
  return { kind: "shiftDates", columns: [columns].flat(), key: keyPlace(key, "shiftDates"), ...options };
}

export const shiftDatesKind = keyedStep({
  kind: "shiftDates",
  keyBytes: 32,
  read: (given) => ({ subject: given.text("subject"), days: given.number("days", { min: 1, max: 3_650, whole: true, fallback: 182 }) }),
  text: (key, { subject, days }) => (value, row) => {
    const whose = cellToProtect(row[subject]);
    const [date, time] = [value.slice(0, 10), value.slice(10)];
    if (typeof whose !== "string" || !isDateText(date) || !/^(?:[ T].*)?$/s.test(time)) return undefined;
    const day = dayOf(date, "shiftDates") + shiftOf(key, whose, days);
    return day < dayRange[0] || day > dayRange[1] ? undefined : dateText(day) + time;
  },
  sql: {
    purpose: "shiftDates",
    cells: (hmac, input, { subject, days }, first) => {
      const [whose] = namedFields(input.fields, [subject], "subject of shiftDates");
      const place = first.once(`cast('0x' || left(${hmac(first.once(protectedTextSql(whose, "shiftDates")))}, 12) as BIGINT) % ${2 * days}`);
      const shift = first.once(`cast(case when ${place} < ${days} then ${place} - ${days} else ${place} - ${days - 1} end as INTEGER)`);
      return (text, { name, type }) => {
        if (!/^(VARCHAR|DATE|TIMESTAMP.*)$/.test(typeSql(type))) throw unfit(`column ${JSON.stringify(name)} holds ${typeSql(type)} and no dates`, "shiftDates", "leave it out, or make dates of it first");
        const isDate = `regexp_full_match(${text}, '(?s)[0-9]{4}-[0-9]{2}-[0-9]{2}([ T].*)?')`;
        const day = first.once(`case when ${isDate} then try_cast(left(${text}, 10) as DATE) + ${shift} end`);
        const shifted = `case when ${day} between date '0001-01-01' and date '9999-12-31' then concat(cast(${day} as VARCHAR), substring(${text}, 11)) end`;
        return { sql: sameType(type, varchar) ? shifted : `cast(${shifted} as ${typeSql(type)})`, type };
      };
    },
  },
  reason: (column) => `${JSON.stringify(column)} holds no date that can be shifted, or there is nobody whose it is`,
});

/** One of -days … -1, 1 … days. Of 48 bits, so that none is likelier than another by more than 1 in 10^10. */
function shiftOf(key: Buffer, subject: string, days: number): number {
  const place = createHmac("sha256", key).update(subject).digest().readUIntBE(0, 6) % (2 * days);
  return place < days ? place - days : place - days + 1;
}
