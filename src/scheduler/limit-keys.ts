import { filledKey } from "../model/dags/templates.ts";
import type { Instance } from "./world.ts";
import { factsOf } from "./work.ts";

/** The text behind which tasks count together, with what the run says of itself in its places. */
export function limitKey({ run, row }: Instance, template: string): string {
  return template.includes("{{") ? filledKey(template, { ...factsOf(run), index: row.index }) : template;
}
