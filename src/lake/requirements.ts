import { MillraceError } from "../errors.ts";
import type { JsonObject } from "./json-input.ts";
import { idAt, integerAt, invalid, listAt, objectAt, textAt } from "./json-input.ts";
import type { TableMetadata } from "./table-metadata.ts";

/** Undefined when the requirement is met, else what is in its way. */
type Check = (table: TableMetadata, requirement: JsonObject, where: string) => string | undefined;

const number = (field: keyof TableMetadata, sent: string, what: string): Check => (table, requirement, where) => {
  const wanted = integerAt(requirement[sent], `${where}.${sent}`, -1);
  return table[field] === wanted ? undefined : `${what} is ${table[field]}, not ${wanted}`;
};

/** Every requirement of the REST catalog's specification for tables, of a table that is there. */
const checks: Record<string, Check> = {
  "assert-create": () => "the table is there already",
  "assert-table-uuid": (table, { uuid }, where) => {
    const wanted = textAt(uuid, `${where}.uuid`);
    return table["table-uuid"].toLowerCase() === wanted.toLowerCase() ? undefined : `the table's UUID is ${table["table-uuid"]}, not ${wanted}: it was dropped and made anew`;
  },
  "assert-ref-snapshot-id": (table, requirement, where) => {
    const name = textAt(requirement.ref, `${where}.ref`);
    const sent = requirement["snapshot-id"];
    const wanted = sent === undefined || sent === null ? undefined : idAt(sent, `${where}.snapshot-id`);
    const ref = Object.hasOwn(table.refs, name) ? table.refs[name] : undefined;
    if (ref?.["snapshot-id"] === wanted) return undefined;
    return ref === undefined ? `there is no branch or tag "${name}"` : `${ref.type} "${name}" is at snapshot ${ref["snapshot-id"]}, not ${wanted ?? "new"}`;
  },
  "assert-last-assigned-field-id": number("last-column-id", "last-assigned-field-id", "the last column id"),
  "assert-current-schema-id": number("current-schema-id", "current-schema-id", "the current schema"),
  "assert-last-assigned-partition-id": number("last-partition-id", "last-assigned-partition-id", "the last partition field id"),
  "assert-default-spec-id": number("default-spec-id", "default-spec-id", "the default partition spec"),
  "assert-default-sort-order-id": number("default-sort-order-id", "default-sort-order-id", "the default sort order"),
};

/**
 * Checks what a client requires of a table before its updates are applied. Pure.
 *
 * @param table - undefined while there is none
 * @throws MillraceError `MR-ICE-001` for a requirement that is not known or not of its form, `MR-LAKE-002` for one that is not
 *   met: another commit was first
 */
export function checkRequirements(table: TableMetadata | undefined, requirements: unknown, name: string): void {
  for (const [i, each] of listAt(requirements, "requirements").entries()) {
    const where = `requirements[${i}]`;
    const requirement = objectAt(each, where);
    const type = textAt(requirement.type, `${where}.type`);
    if (!Object.hasOwn(checks, type)) throw invalid(`requirement "${type}" is not known`, `${where}.type`, `use one of ${Object.keys(checks).join(", ")}`);
    const obstacle = table === undefined ? undefined : checks[type](table, requirement, where);
    if (obstacle !== undefined) throw unmet(obstacle, name, where);
  }
}

/** Whether the client means to create the table. */
export function requiresCreate(requirements: unknown): boolean {
  return Array.isArray(requirements) && requirements.some((each) => (each as JsonObject | null)?.type === "assert-create");
}

function unmet(obstacle: string, table: string, where: string): MillraceError {
  return new MillraceError("MR-LAKE-002", { what: `table "${table}" is not as this commit needs it: ${obstacle}`, where, mend: "load the table again and make the commit anew", retryable: true });
}
