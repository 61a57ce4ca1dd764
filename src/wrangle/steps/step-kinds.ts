import { castKind } from "./clean/cast.ts";
import { changeCaseKind } from "./clean/change-case.ts";
import { inRangeKind } from "./clean/in-range.ts";
import { mapValuesKind } from "./clean/map-values.ts";
import { normalizeKind } from "./clean/normalize.ts";
import { nullifyKind } from "./clean/nullify.ts";
import { parseBooleanKind } from "./clean/parse-boolean.ts";
import { parseDateKind } from "./clean/parse-date.ts";
import { parseNumberKind } from "./clean/parse-number.ts";
import { parseTimestampKind } from "./clean/parse-timestamp.ts";
import { requiredKind } from "./clean/required.ts";
import { trimKind } from "./clean/trim.ts";
import { imputeKinds } from "./impute/impute-kinds.ts";
import { protectKinds } from "./protect/protect-kinds.ts";
import { shapeKinds } from "./shape/shape-kinds.ts";
import type { StepKind } from "./step.ts";

const kinds: readonly unknown[] = [
  castKind,
  changeCaseKind,
  inRangeKind,
  mapValuesKind,
  normalizeKind,
  nullifyKind,
  parseBooleanKind,
  parseDateKind,
  parseNumberKind,
  parseTimestampKind,
  requiredKind,
  trimKind,
  ...imputeKinds,
  ...protectKinds,
  ...shapeKinds,
];

/** All kinds of steps, by name. */
export const stepKinds: Readonly<Record<string, StepKind>> = Object.fromEntries((kinds as StepKind[]).map((kind) => [kind.kind, kind]));
