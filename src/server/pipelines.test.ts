import { expect, test } from "vitest";
import type { Manifest, StageDecl } from "../model/manifest.ts";
import { pipelinesOf } from "./pipelines.ts";

const stage = (name: string, from: string[], to: string[], more: Partial<StageDecl> = {}): StageDecl => ({ name, kind: "record", from, to: Object.fromEntries(to.map((each) => [each, each])), ...more }) as StageDecl;
const manifest = (stages: StageDecl[], internal: string[] = []): Pick<Manifest, "stages" | "topics"> => ({
  stages: Object.fromEntries(stages.map((each) => [each.name, each])),
  topics: Object.fromEntries(internal.map((name) => [name, { internal: "dlq" }])) as unknown as Manifest["topics"],
});

test("stages that share a topic, over however many steps, are one pipeline; others are others", () => {
  const stages = [
    ...[stage("b", ["t1"], ["t2"], { dlq: "b.dlq" }), stage("z-sink", ["t2", "t3"], []), stage("intake", [], ["t1"]), stage("other", [], ["t3"])],
    ...[stage("lonely-in", [], ["u"]), stage("table:u", ["u"], [], { table: "u.all" })],
  ];
  expect(pipelinesOf(manifest(stages, ["b.dlq"]))).toEqual([
    { name: "t1, t3", stages: ["b", "intake", "other", "z-sink"], topics: ["t1", "t2", "t3"], tables: [], middle: "stage:z-sink" },
    { name: "u", stages: ["lonely-in", "table:u"], topics: ["u"], tables: ["u.all"], middle: "topic:u" },
  ]);
});

test("without a source it is called after what it reads; many are told as a number; a long chain is one", () => {
  expect(pipelinesOf(manifest([stage("s", ["in"], ["out"])]))[0].name).toBe("in");
  expect(pipelinesOf(manifest([stage("s", [], ["a", "b", "c", "d"])]))[0].name).toBe("a, b and 2 more");
  const chain = Array.from({ length: 500 }, (_, i) => stage(`s${i}`, [`t${i}`], [`t${i + 1}`]));
  expect(pipelinesOf(manifest(chain)).map(({ stages }) => stages.length)).toEqual([500]);
  expect(pipelinesOf(manifest([]))).toEqual([]);
});
