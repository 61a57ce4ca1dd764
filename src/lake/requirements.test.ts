import { expect, test } from "vitest";
import { parseExact, stringifyExact } from "./exact-json.ts";
import { newTableAt } from "./new-table-input.ts";
import { checkRequirements, requiresCreate } from "./requirements.ts";
import type { TableMetadata } from "./table-metadata.ts";

const plain = newTableAt({ schema: { type: "struct", fields: [{ id: 1, name: "a", type: "int", required: false }] } }, "file:///lake/a", 1);
const big = 2n ** 62n + 1n;
const table: TableMetadata = { ...plain, refs: { main: { "snapshot-id": big, type: "branch" } } };

const cases: [object, boolean][] = [
  [{ type: "assert-table-uuid", uuid: table["table-uuid"] }, true],
  [{ type: "assert-table-uuid", uuid: table["table-uuid"].toUpperCase() }, true],
  [{ type: "assert-table-uuid", uuid: "other" }, false],
  [{ type: "assert-ref-snapshot-id", ref: "main", "snapshot-id": big }, true],
  [{ type: "assert-ref-snapshot-id", ref: "main", "snapshot-id": big - 1n }, false],
  [{ type: "assert-ref-snapshot-id", ref: "main", "snapshot-id": null }, false],
  [{ type: "assert-ref-snapshot-id", ref: "main" }, false],
  [{ type: "assert-ref-snapshot-id", ref: "new", "snapshot-id": null }, true],
  [{ type: "assert-ref-snapshot-id", ref: "new", "snapshot-id": 1 }, false],
  [{ type: "assert-ref-snapshot-id", ref: "constructor", "snapshot-id": null }, true],
  [{ type: "assert-last-assigned-field-id", "last-assigned-field-id": 1 }, true],
  [{ type: "assert-last-assigned-field-id", "last-assigned-field-id": 2 }, false],
  [{ type: "assert-current-schema-id", "current-schema-id": 0 }, true],
  [{ type: "assert-current-schema-id", "current-schema-id": 1 }, false],
  [{ type: "assert-last-assigned-partition-id", "last-assigned-partition-id": 999 }, true],
  [{ type: "assert-last-assigned-partition-id", "last-assigned-partition-id": 1000 }, false],
  [{ type: "assert-default-spec-id", "default-spec-id": 0 }, true],
  [{ type: "assert-default-spec-id", "default-spec-id": 1 }, false],
  [{ type: "assert-default-sort-order-id", "default-sort-order-id": 0 }, true],
  [{ type: "assert-default-sort-order-id", "default-sort-order-id": 1 }, false],
  [{ type: "assert-create" }, false],
];

test.each(cases.map(([requirement, met]) => [stringifyExact(requirement), met] as const))("%s is met: %s", (requirement, met) => {
  const check = () => checkRequirements(table, [parseExact(requirement)], "a.t");
  if (met) expect(check).not.toThrow();
  else expect(check).toThrow(expect.objectContaining({ code: "MR-LAKE-002", retryable: true }));
});

test("of a table that is not there nothing is required but that", () => {
  expect(() => checkRequirements(undefined, [{ type: "assert-create" }], "a.t")).not.toThrow();
  expect([requiresCreate([{ type: "assert-create" }]), requiresCreate([{ type: "x" }, null]), requiresCreate(undefined)]).toEqual([true, false, false]);
});

test.each([[[{ type: "assert-view-uuid" }]], [[{ type: "toString" }]], [[{}]], [["x"]], ["x"], [undefined], [[{ type: "assert-current-schema-id" }]], [[{ type: "assert-ref-snapshot-id", ref: 1 }]]])("%j is not read", (requirements: unknown) => {
  expect(() => checkRequirements(table, requirements, "a.t")).toThrow(expect.objectContaining({ code: "MR-ICE-001" }));
});
