import { expect, test } from "vitest";
import { typeText } from "../../formats/inferred-type.ts";
import { actions, crawlBed } from "../crawl-for-tests.ts";

const bed = crawlBed();
const narrow = "id,name,born\n1,ann,1990-01-02\n2,bob,1985-06-07\n";
/** A column more, a type wider, and one column less. */
const wide = "id,name,city\n1.5,ann,Bern\n2.5,bob,Rome\n";

const columnsOf = async (name: string): Promise<string[] | undefined> => (await bed().tables.table(name))?.columns.map((column) => `${column.name}: ${typeText(column.type)}`);

/** The one file of a folder, rewritten in another shape. */
async function rewritten(policy: object) {
  await bed().write({ "people/a.csv": narrow });
  await bed().crawl({ policy });
  await bed().write({ "people/a.csv": wide });
  return bed().crawl({ policy });
}

test("by default columns are added and types widened; none is narrowed and none goes", async () => {
  const { tables } = await rewritten({});
  expect(tables).toMatchObject([{ name: "raw.people", action: "changed", changes: ["new column city: string", "column id: long becomes double"], filesChanged: 1 }]);
  expect(await columnsOf("raw.people")).toEqual(["id: double", "name: string", "born: date", "city: string"]);
  await bed().write({ "people/a.csv": narrow });
  expect(actions(await bed().crawl())).toEqual({ "raw.people": "updated" });
  expect(await columnsOf("raw.people")).toEqual(["id: double", "name: string", "born: date", "city: string"]);
  expect(actions(await bed().crawl())).toEqual({ "raw.people": "unchanged" });
});

test("a new version has what was found, and the shape before it stays in the history", async () => {
  const { tables } = await rewritten({ newColumns: "version" });
  expect(tables).toMatchObject([{ action: "changed", changes: ["new column city: string", "column id: long becomes double", "column born is gone"] }]);
  expect(await columnsOf("raw.people")).toEqual(["id: double", "name: string", "city: string"]);
  const [now, before] = await bed().history.of("table:raw.people");
  expect(now.changes).toContain("column born is gone");
  expect((await bed().files.read<{ columns: { name: string }[] }>(before.file as string)).columns.map(({ name }) => name)).toEqual(["id", "name", "born"]);
});

test("what is ignored stays as it is, and is told of", async () => {
  const { tables } = await rewritten({ newColumns: "ignore", changedTypes: "ignore" });
  expect(tables).toMatchObject([{ action: "updated", changes: ["new column city: string: left out by policy", "column id: long becomes double: left out by policy"] }]);
  expect(await columnsOf("raw.people")).toEqual(["id: long", "name: string", "born: date"]);
});

test("a deprecated table keeps its shape, and what was found has a name of its own from then on", async () => {
  const report = await rewritten({ changedTypes: "deprecate" });
  expect(actions(report)).toEqual({ "raw.people": "deprecated", "raw.people_csv": "new" });
  expect(await columnsOf("raw.people")).toEqual(["id: long", "name: string", "born: date"]);
  expect(await columnsOf("raw.people_csv")).toEqual(["id: double", "name: string", "city: string"]);
  expect((await bed().tables.list())[0].value.deprecated).toMatchObject({ why: "replaced", by: "raw.people_csv" });
  expect(actions(await bed().crawl({ policy: { changedTypes: "deprecate" } }))).toEqual({ "raw.people_csv": "unchanged" });
});

test.for([
  ["deprecate", { "raw.people": "deprecated" }, ["raw.people"], 0],
  ["remove", { "raw.people": "removed" }, [], undefined],
  ["ignore", { "raw.people": "kept" }, ["raw.people"], 1],
] as const)("a table of which nothing is left: %s", async ([deleted, expected, names, files]) => {
  const policy = { deleted };
  await bed().write({ "people/a.csv": narrow });
  await bed().crawl({ policy });
  await bed().remove("people");
  expect(actions(await bed().crawl({ policy }))).toEqual(expected);
  expect((await bed().tables.list()).map(({ value }) => value.name)).toEqual(names);
  expect((await bed().tables.table("raw.people"))?.files.length).toBe(files);
  await bed().write({ "people/a.csv": narrow });
  await bed().crawl({ policy });
  expect((await bed().tables.table("raw.people"))?.files).toHaveLength(1);
  expect((await bed().tables.list())[0].value.deprecated).toBeUndefined();
});

test("a table keeps its name when another that would have it comes along, and when its folder gets folders", async () => {
  await bed().write({ "b/people/a.csv": narrow, "b/flows/x.csv": "flow,unit\n1,l\n2,l\n" });
  expect(Object.keys(actions(await bed().crawl()))).toEqual(["raw.flows", "raw.people"]);
  await bed().write({ "a/people/a.csv": narrow.replaceAll("ann", "eve"), "a/other/x.csv": "alpha,beta\n1,2\n3,4\n", "b/people/2025/b.csv": narrow, "b/people/2026/b.csv": narrow });
  const report = await bed().crawl();
  expect(actions(report)).toEqual({ "raw.flows": "unchanged", "raw.other": "new", "raw.people": "changed", "raw.people_csv": "new" });
  expect(report.tables.find(({ name }) => name === "raw.people")).toMatchObject({ place: "b/people/", files: 3, changes: ["partition columns: none, now partition_0: long"] });
});

test("files that nothing points at any more are removed; what versions point at stays", async () => {
  const count = async (): Promise<number> => {
    let files = 0;
    await bed().files.sweep({ has: () => (files++, true) } as unknown as Set<string>, 0);
    return files;
  };
  await bed().write({ "people/a.csv": narrow });
  await bed().crawl();
  await bed().crawl({}, { dryRun: true });
  for (let day = 1; day < 4; day++) {
    await bed().write({ [`people/${day}.csv`]: narrow });
    await bed().crawl();
  }
  await bed().crawls.tidy(0);
  // The table as it began and as it is, what is known of its files, and a report of each of five crawls.
  expect(await count()).toBe(2 + 1 + 5);
  expect((await bed().tables.table("raw.people"))?.files).toHaveLength(4);
});
