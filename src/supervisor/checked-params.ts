import { MillraceError } from "../errors.ts";
import type { DagDecl } from "../model/dag-manifest.ts";
import type { Json, JsonSchema } from "../model/manifest.ts";
import { compileValidator, type Validator } from "../model/validate.ts";

/**
 * The parameters of a run, with the schema's defaults filled in.
 * @throws MillraceError `MR-SCHED-008` when they break the DAG's schema
 */
export function checkedParams({ name, params: schema }: DagDecl, given: { [key: string]: Json } = {}): { [key: string]: Json } {
  const closed = schema ?? noParams;
  const filled = structuredClone(given);
  const violations = validatorOf(closed)(filled);
  if (violations.length === 0) return filled;
  throw new MillraceError("MR-SCHED-008", { what: violations.map(({ field, message }) => `${field || "the parameters"} ${message}`).join("; "), where: `parameters of DAG "${name}"`, mend: `give them as the DAG's schema says: ${Object.keys((closed.properties ?? {}) as object).join(", ") || "it takes none"}` });
}

const noParams: JsonSchema = { type: "object", properties: {}, additionalProperties: false };
const validators = new WeakMap<JsonSchema, Validator>();

/** Compiled once for each schema: it takes milliseconds. */
function validatorOf(schema: JsonSchema): Validator {
  let validator = validators.get(schema);
  if (!validator) validators.set(schema, (validator = compileValidator(schema)));
  return validator;
}
