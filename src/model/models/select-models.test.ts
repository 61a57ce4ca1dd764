import { expect, test } from "vitest";
import type { TableDecl } from "../manifest.ts";
import { selectModels } from "./select-models.ts";

const model = (name: string, reads: string[], tags: string[] = [], kind: "table" | "view" = "table"): [string, TableDecl] => [
  name,
  { name, columns: [], partitionBy: [], commitEveryMs: 0, model: { materialize: { kind }, sql: "", reads, onSchemaChange: "append", checks: [], unitTests: [], tags, columnNotes: {}, dag: "models", fingerprint: name } },
];
// raw → a → b → d; a → c → d; e alone
const tables = Object.fromEntries([
  model("m.d", ["m.b", "m.c"], ["nightly"]),
  model("m.b", ["m.a"], ["nightly"]),
  model("m.c", ["m.a"]),
  model("m.a", ["raw.x", "topics.y"], [], "view"),
  model("n.e", []),
  ["raw.x", { name: "raw.x", columns: [], partitionBy: [], commitEveryMs: 0 } as TableDecl],
]);
const chosen = (select: string[], exclude?: string[]) => selectModels(tables, select, exclude).join(" ");

test.each<[string[], string]>([
  [[], "m.a m.b m.c m.d n.e"],
  [["m.b"], "m.b"],
  [["+m.b"], "m.a m.b"],
  [["m.a+"], "m.a m.b m.c m.d"],
  [["1+m.d"], "m.b m.c m.d"],
  [["m.a+1"], "m.a m.b m.c"],
  [["1+m.b+1"], "m.a m.b m.d"],
  [["m.*"], "m.a m.b m.c m.d"],
  [["tag:nightly"], "m.b m.d"],
  [["tag:nightly,m.b+"], "m.b m.d"],
  [["+tag:nightly,kind:view"], "m.a"],
  [["n.e", "kind:view"], "m.a n.e"],
  [["dag:models,*.d"], "m.d"],
  [["raw.x+1"], "m.a"],
  [["topics.y+"], "m.a m.b m.c m.d"],
])("%j chooses %s", (select, names) => {
  expect(chosen(select)).toBe(names);
});

test("what is excluded is taken away, with what stands around it", () => {
  expect(chosen(["m.*"], ["m.b"])).toBe("m.a m.c m.d");
  expect(chosen([], ["m.a+"])).toBe("n.e");
});

test("what chooses nothing is an error, with the nearest name", () => {
  expect(() => chosen(["m.dd"])).toThrow(/"m.d/);
  expect(() => chosen(["tag:nightlly"])).toThrow(/chooses no model/);
  expect(() => chosen(["raw.x"])).toThrow(/chooses no model/);
  expect(() => chosen(["+raw.x"])).toThrow(/chooses no model/);
});
