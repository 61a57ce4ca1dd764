import type { Flat } from "../../../model/schema-types.ts";
import type { Step } from "../step.ts";
import type { PartsOptions } from "./parts-step.ts";
import { partsStep } from "./parts-step.ts";
import type { TextColumn } from "./reading-step.ts";

type AddressPart = "number" | "street" | "unit" | "city" | "region" | "postcode";

/**
 * Splits addresses in one line into `number`, `street`, `unit`, `city`, `region` and `postcode`. It knows three ways to write
 * them, with commas between their parts, and what is written otherwise is not split:
 * - "12 Main St, Apt 4, Springfield, IL 62704" (United States, Canada)
 * - "10 Downing Street, London SW1A 2AA" (United Kingdom)
 * - "Hauptstr. 5a, 10115 Berlin", "Rue de Rivoli 3, F-75001 Paris", "12 rue de Rivoli, 75001 Paris" (the rest of Europe)
 *
 * @example splitAddress("address", { misfits: "quarantine" })
 */
export function splitAddress<T, const K extends TextColumn<T>, const Prefix extends string = "">(column: K, options: PartsOptions<Prefix> = {}): Step<T, Flat<Omit<T, `${Prefix}${AddressPart}`> & { [P in `${Prefix}${AddressPart}`]: string | null }>> {
  return { kind: "splitAddress", column, ...options };
}

const number = "[0-9]{1,6}(?: ?[A-Za-z])?(?:[-/][0-9]{1,5}[A-Za-z]?)?";
const street = "[^|,]*[^|, ]";
const unit = "(?:, ?((?:Apt|Suite|Ste|Unit|Flat|Floor|Fl|#)[.]? ?[^|, ]+))?";

export const splitAddressKind = partsStep(
  "splitAddress",
  ["number", "street", "unit", "city", "region", "postcode"],
  [
    { find: `^(${number}) (${street})${unit}, ?([^|,]+), ?([A-Z]{2}),? ([0-9]{5}(?:-[0-9]{4})?|[A-Z][0-9][A-Z] ?[0-9][A-Z][0-9])$`, by: "\\1|\\2|\\3|\\4|\\5|\\6" },
    { find: `^(${number}) (${street})${unit}, ?([^|,]*[^|, ]),? ([A-Z]{1,2}[0-9][A-Z0-9]? ?[0-9][A-Z]{2})$`, by: "\\1|\\2|\\3|\\4||\\5" },
    { find: `^(${number}),? (${street}), ?((?:[A-Z]{1,3}-)?[0-9]{4,5}(?: [A-Z]{2})?|[0-9]{3} [0-9]{2}) ([^|,]+)$`, by: "\\1|\\2||\\4||\\3" },
    { find: `^(${street}) (${number}), ?((?:[A-Z]{1,3}-)?[0-9]{4,5}(?: [A-Z]{2})?|[0-9]{3} [0-9]{2}) ([^|,]+)$`, by: "\\2|\\1||\\4||\\3" },
  ],
  "is no address that can be split",
);
