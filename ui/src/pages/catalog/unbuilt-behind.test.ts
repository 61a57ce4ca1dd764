import { expect, test } from "vitest";
import { unbuiltBehind } from "./unbuilt-behind.ts";

const model = (name: string, state: "built" | "changed" | "never" | null, ...reads: string[]) => ({ name, state, reads });
const all = [model("a", "never"), model("b", "built", "a"), model("view", null, "a", "b"), model("round", null, "view", "round"), model("c", "never", "b", "topics.t")];
const behind = (name: string) => unbuiltBehind(all.find((each) => each.name === name) as (typeof all)[number], all).map((each) => each.name);

test("what was never built stands in the way, also behind views, and not behind what was built", () => {
  expect([behind("b"), behind("view"), behind("round"), behind("c"), behind("a")]).toEqual([["a"], ["a"], ["a"], [], []]);
});
