import { applyKind } from "./apply.ts";
import { dropKind, renameKind, reorderKind, selectKind } from "./columns.ts";
import { completeKind } from "./complete.ts";
import { deriveKind } from "./derive.ts";
import { fillKind } from "./fill.ts";
import { filterRowsKind } from "./filter-rows.ts";
import { nestKind, unnestKind } from "./nest.ts";
import { pivotLongerKind } from "./pivot-longer.ts";
import { pivotWiderKind } from "./pivot-wider.ts";
import { separateKind } from "./separate.ts";
import { summariseKind } from "./summarise.ts";
import { topRowsKind } from "./top-rows.ts";
import { transformKind } from "./transform.ts";
import { uniteKind } from "./unite.ts";

export const shapeKinds: readonly unknown[] = [applyKind, completeKind, deriveKind, dropKind, fillKind, filterRowsKind, nestKind, pivotLongerKind, pivotWiderKind, renameKind, reorderKind, selectKind, separateKind, summariseKind, topRowsKind, transformKind, uniteKind, unnestKind];
