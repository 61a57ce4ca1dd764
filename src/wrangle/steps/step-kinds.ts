import { requiredKind } from "./clean/required.ts";
import { trimKind } from "./clean/trim.ts";
import { fillKind } from "./shape/fill.ts";
import { pivotLongerKind } from "./shape/pivot-longer.ts";
import type { StepKind } from "./step.ts";

/** All kinds of steps, by name. */
export const stepKinds: Readonly<Record<string, StepKind>> = Object.fromEntries(([fillKind, pivotLongerKind, requiredKind, trimKind] as StepKind[]).map((kind) => [kind.kind, kind]));
