import { formatPreservingKind } from "./format-preserving.ts";
import { generaliseKind } from "./generalise.ts";
import { hashKind } from "./hash.ts";
import { maskKind, truncateKind } from "./hidden-text.ts";
import { kAnonymityKind } from "./k-anonymity.ts";
import { shiftDatesKind } from "./shift-dates.ts";
import { detokeniseKind, tokeniseKind } from "./tokenise.ts";

export const protectKinds: readonly unknown[] = [detokeniseKind, formatPreservingKind, generaliseKind, hashKind, kAnonymityKind, maskKind, shiftDatesKind, tokeniseKind, truncateKind];
