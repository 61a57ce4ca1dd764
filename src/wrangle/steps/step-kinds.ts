import { requiredKind } from "./clean/required.ts";
import { trimKind } from "./clean/trim.ts";
import { imputeFromKind } from "./impute/impute-from.ts";
import { imputeNearestKind } from "./impute/impute-nearest.ts";
import { imputeKind } from "./impute/impute.ts";
import { interpolateKind } from "./impute/interpolate.ts";
import { dropKind, renameKind, reorderKind, selectKind } from "./shape/columns.ts";
import { formatPreservingKind } from "./protect/format-preserving.ts";
import { generaliseKind } from "./protect/generalise.ts";
import { hashKind } from "./protect/hash.ts";
import { maskKind, truncateKind } from "./protect/hidden-text.ts";
import { kAnonymityKind } from "./protect/k-anonymity.ts";
import { shiftDatesKind } from "./protect/shift-dates.ts";
import { detokeniseKind, tokeniseKind } from "./protect/tokenise.ts";
import { deriveKind } from "./shape/derive.ts";
import { fillKind } from "./shape/fill.ts";
import { filterRowsKind } from "./shape/filter-rows.ts";
import { pivotLongerKind } from "./shape/pivot-longer.ts";
import { pivotWiderKind } from "./shape/pivot-wider.ts";
import { separateKind } from "./shape/separate.ts";
import { summariseKind } from "./shape/summarise.ts";
import { topRowsKind } from "./shape/top-rows.ts";
import { transformKind } from "./shape/transform.ts";
import { uniteKind } from "./shape/unite.ts";
import type { StepKind } from "./step.ts";

const clean = [requiredKind, trimKind];
const shape = [deriveKind, dropKind, fillKind, filterRowsKind, pivotLongerKind, pivotWiderKind, renameKind, reorderKind, selectKind, separateKind, summariseKind, topRowsKind, transformKind, uniteKind];
const impute = [imputeFromKind, imputeKind, imputeNearestKind, interpolateKind];
const protect = [detokeniseKind, formatPreservingKind, generaliseKind, hashKind, kAnonymityKind, maskKind, shiftDatesKind, tokeniseKind, truncateKind];

/** All kinds of steps, by name. */
export const stepKinds: Readonly<Record<string, StepKind>> = Object.fromEntries(([...clean, ...shape, ...impute, ...protect] as StepKind[]).map((kind) => [kind.kind, kind]));
