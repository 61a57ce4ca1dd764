import { castKind } from "./clean/cast.ts";
import { changeCaseKind } from "./clean/change-case.ts";
import { clusterKind } from "./clean/cluster.ts";
import { correctKind } from "./clean/correct.ts";
import { extractKind } from "./clean/extract.ts";
import { inRangeKind } from "./clean/in-range.ts";
import { mapValuesKind } from "./clean/map-values.ts";
import { moveMisfieldedKind } from "./clean/move-misfielded.ts";
import { normalizeKind } from "./clean/normalize.ts";
import { nullifyKind } from "./clean/nullify.ts";
import { parseBooleanKind } from "./clean/parse-boolean.ts";
import { parseDateKind } from "./clean/parse-date.ts";
import { parseMoneyKind } from "./clean/parse-money.ts";
import { parseNumberKind } from "./clean/parse-number.ts";
import { parseTimestampKind } from "./clean/parse-timestamp.ts";
import { parseUnitKind } from "./clean/parse-unit.ts";
import { replaceKind } from "./clean/replace.ts";
import { requiredKind } from "./clean/required.ts";
import { splitAddressKind } from "./clean/split-address.ts";
import { splitNameKind } from "./clean/split-name.ts";
import { trimKind } from "./clean/trim.ts";
import { wordKeyKind } from "./clean/word-key.ts";
import { imputeKinds } from "./impute/impute-kinds.ts";
import { protectKinds } from "./protect/protect-kinds.ts";
import { shapeKinds } from "./shape/shape-kinds.ts";
import type { StepKind } from "./step.ts";

const kinds: readonly unknown[] = [
  castKind,
  changeCaseKind,
  clusterKind,
  correctKind,
  extractKind,
  inRangeKind,
  mapValuesKind,
  moveMisfieldedKind,
  normalizeKind,
  nullifyKind,
  parseBooleanKind,
  parseDateKind,
  parseMoneyKind,
  parseNumberKind,
  parseTimestampKind,
  parseUnitKind,
  replaceKind,
  requiredKind,
  splitAddressKind,
  splitNameKind,
  trimKind,
  wordKeyKind,
  ...imputeKinds,
  ...protectKinds,
  ...shapeKinds,
];

/** All kinds of steps, by name. */
export const stepKinds: Readonly<Record<string, StepKind>> = Object.fromEntries((kinds as StepKind[]).map((kind) => [kind.kind, kind]));
