import { imputeFromKind } from "./impute-from.ts";
import { imputeNearestKind } from "./impute-nearest.ts";
import { imputeKind } from "./impute.ts";
import { interpolateKind } from "./interpolate.ts";

export const imputeKinds: readonly unknown[] = [imputeFromKind, imputeKind, imputeNearestKind, interpolateKind];
