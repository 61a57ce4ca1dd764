import { sqlText } from "../../lake/duckdb.ts";
import { type NestedType, typeSql } from "../nested/nested-type.ts";
import { type Cell, cellsKey } from "./cells.ts";

/* A cell as a text, alike in both forms: as the engine casts it, but a whole number has no point behind it, of whichever type it is. */

/** SQL of a value as a text. Lists and structs are JSON. */
export function cellTextSql(value: string, type: NestedType): string {
  const text = `cast(${type.kind === "scalar" ? value : `to_json(${value})`} as VARCHAR)`;
  return /^(DOUBLE|FLOAT)$/.test(typeSql(type)) ? `regexp_replace(${text}, ${sqlText("^(?:(-?[1-9][0-9]*)|-?(0))[.]0$")}, '\\1\\2')` : text;
}

/** The same in TypeScript. */
export function cellText(cell: Cell | undefined): string | null {
  if (cell === null || cell === undefined) return null;
  if (typeof cell === "number") return numberText(cell);
  return typeof cell === "object" ? cellsKey(cell) : String(cell);
}

/** A number as the engine prints it: its shortest digits, with a power of ten from 1e16 on and below 1e-4. */
function numberText(value: number): string {
  if (!Number.isFinite(value)) return Number.isNaN(value) ? "nan" : value > 0 ? "inf" : "-inf";
  const [mantissa, power] = value.toExponential().split("e");
  const exponent = Number(power);
  if (exponent >= -4 && exponent < 16) return String(value);
  return `${mantissa}e${exponent < 0 ? "-" : "+"}${String(Math.abs(exponent)).padStart(2, "0")}`;
}
