import { createHash } from "node:crypto";
import { filledKey } from "../model/dags/templates.ts";
import type { Instance } from "./world.ts";
import { factsOf } from "./work.ts";

/** Longest text that is a key as it is: what stores keep in an index is bounded, and parameters of runs are not. */
const charactersMax = 200;

/** The text behind which tasks count together, with what the run says of itself in its places. Of a long one its beginning and its hash. */
export function limitKey({ run, row }: Instance, template: string): string {
  const key = template.includes("{{") ? filledKey(template, { ...factsOf(run), index: row.index }) : template;
  return key.length <= charactersMax ? key : `${key.slice(0, charactersMax)}… ${createHash("sha256").update(key).digest("hex")}`;
}
