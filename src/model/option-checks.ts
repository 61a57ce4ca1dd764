import { MillraceError } from "../errors.ts";
import { nearest } from "./names.ts";

/** The options of a declaration, as an object with no name that is not known. `known` is also what a slip is compared with. */
export function checkOptions(options: unknown, known: readonly string[], where: string): void {
  if (typeof options !== "object" || options === null || Array.isArray(options)) {
    throw invalid("the options are missing", where, `give an object with ${known.slice(0, 3).join(", ")} …`);
  }
  for (const name of Object.keys(options)) {
    if (known.includes(name)) continue;
    const near = nearest(name, known);
    throw invalid(`there is no option ${JSON.stringify(name)}`, where, near ? `write "${near}"` : `use one of ${known.join(", ")}`);
  }
}

/** A number within bounds, or `fallback` when absent. `whole` refuses fractions. */
export function checkNumber(value: unknown, option: { name: string; min: number; max: number; fallback: number; whole?: boolean }, where: string): number {
  if (value === undefined) return option.fallback;
  const fits = typeof value === "number" && value >= option.min && value <= option.max && (!option.whole || Number.isInteger(value));
  if (fits) return value;
  const kind = option.whole ? "a whole number" : "a number";
  throw invalid(`${option.name} is ${JSON.stringify(value) ?? String(value)}`, where, `give ${kind} from ${option.min} to ${option.max}`);
}

export function invalid(what: string, where: string, mend: string): MillraceError {
  return new MillraceError("MR-MODEL-001", { what, where, mend });
}
