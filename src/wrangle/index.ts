/* What `millrace/wrangle` gives: steps that clean rows. It loads nothing heavy, because stages import it. */
export { required } from "./steps/clean/required.ts";
export { trim, type TrimOptions } from "./steps/clean/trim.ts";
export { imputeFrom, learn, type Learned } from "./steps/impute/impute-from.ts";
export { imputeNearest, type ImputeNearestOptions } from "./steps/impute/impute-nearest.ts";
export { impute, type ImputeOptions } from "./steps/impute/impute.ts";
export { interpolate, type InterpolateOptions } from "./steps/impute/interpolate.ts";
export { drop, rename, reorder, select } from "./steps/shape/columns.ts";
export { fill, type FillOptions } from "./steps/shape/fill.ts";
export { filterRows, type RowCondition } from "./steps/shape/filter-rows.ts";
export { pivotLonger, type PivotLongerOptions, type SplitNamesOptions } from "./steps/shape/pivot-longer.ts";
export { pivotWider, type PivotWiderOptions } from "./steps/shape/pivot-wider.ts";
export { separate, type SeparateBy, type SeparateOptions } from "./steps/shape/separate.ts";
export { type Aggregation, summarise } from "./steps/shape/summarise.ts";
export { unite, type UniteOptions } from "./steps/shape/unite.ts";
export type { Step } from "./steps/step.ts";
export { type QuarantineRow, type ReportRow, wrangle, type WrangledRows, type Wrangling } from "./wrangle.ts";
