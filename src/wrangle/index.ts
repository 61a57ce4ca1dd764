/* What `millrace/wrangle` gives: steps that clean rows. It loads nothing heavy, because stages import it. */
export { required } from "./steps/clean/required.ts";
export { trim, type TrimOptions } from "./steps/clean/trim.ts";
export { fill, type FillOptions } from "./steps/shape/fill.ts";
export { pivotLonger, type PivotLongerOptions } from "./steps/shape/pivot-longer.ts";
export type { Step } from "./steps/step.ts";
export { type QuarantineRow, type ReportRow, wrangle, type WrangledRows, type Wrangling } from "./wrangle.ts";
