/* What `millrace/wrangle` gives: steps that clean rows. It loads nothing heavy, because stages import it. */
export { cast, type CastOptions, type CastType } from "./steps/clean/cast.ts";
export { changeCase, type LetterCase } from "./steps/clean/change-case.ts";
export type { Locale } from "./steps/clean/locales.ts";
export { type MapElse, mapValues, type MapValuesOptions } from "./steps/clean/map-values.ts";
export { normalize, type NormalizeOptions } from "./steps/clean/normalize.ts";
export { nullify, type NullifyOptions } from "./steps/clean/nullify.ts";
export { parseBoolean, type ParseBooleanOptions } from "./steps/clean/parse-boolean.ts";
export { type FormatOptions, parseDate, type ParseDateOptions } from "./steps/clean/parse-date.ts";
export { type Marks, parseNumber, type ParseNumberOptions } from "./steps/clean/parse-number.ts";
export { parseTimestamp, type ParseTimestampOptions } from "./steps/clean/parse-timestamp.ts";
export type { Misfits } from "./steps/clean/reading-step.ts";
export { required } from "./steps/clean/required.ts";
export { trim, type TrimOptions } from "./steps/clean/trim.ts";
export { fill, type FillOptions } from "./steps/shape/fill.ts";
export { pivotLonger, type PivotLongerOptions } from "./steps/shape/pivot-longer.ts";
export type { Step } from "./steps/step.ts";
export { type QuarantineRow, type ReportRow, wrangle, type WrangledRows, type Wrangling } from "./wrangle.ts";
