import fc from "fast-check";
import { expect, test } from "vitest";
import { ValueLists } from "./value-lists.ts";

type Step = { do: "push"; slot: number; count: number } | { do: "takeNew" | "close" | "unmark"; slot: number };

const slot = fc.nat(3);
const steps: fc.Arbitrary<Step[]> = fc.array(
  fc.oneof(
    { weight: 4, arbitrary: fc.record({ do: fc.constant("push" as const), slot, count: fc.nat(40) }) },
    { weight: 3, arbitrary: fc.record({ do: fc.constantFrom("takeNew" as const, "close" as const, "unmark" as const), slot }) },
  ),
  { maxLength: 60 },
);

test("lists hold what was pushed, and tell what is new", () => {
  fc.assert(
    fc.property(steps, (given) => {
      const lists = new ValueLists();
      lists.grow(4);
      const model = Array.from({ length: 4 }, () => ({ values: [] as number[], marked: 0 }));
      for (let s = 0; s < 4; s++) lists.open(s);
      let next = 0;
      for (const step of given) {
        const known = model[step.slot];
        if (step.do === "push") {
          for (let i = 0; i < step.count; i++) {
            known.values.push(++next);
            lists.push(step.slot, next);
          }
        } else if (step.do === "takeNew") {
          const out = new Float64Array(lists.countNew(step.slot));
          expect(lists.copyNew(step.slot, out, 0)).toBe(out.length);
          expect([...out]).toEqual(known.values.slice(known.marked));
          known.marked = known.values.length;
        } else if (step.do === "unmark") {
          lists.unmark(step.slot);
          known.marked = 0;
        } else {
          lists.close(step.slot);
          lists.open(step.slot);
          model[step.slot] = { values: [], marked: 0 };
        }
      }
      model.forEach(({ values }, s) => {
        const out = new Float64Array(values.length);
        lists.copyAll(s, out, 0);
        expect([...out]).toEqual(values);
      });
    }),
  );
});

test("millions of values in many lists", () => {
  const lists = new ValueLists();
  lists.grow(1_024);
  for (let s = 0; s < 1_000; s++) lists.open(s);
  for (let i = 0; i < 3_000_000; i++) lists.push(i % 1_000, i);
  const out = new Float64Array(3_000);
  lists.copyAll(7, out, 0);
  expect(out[0]).toBe(7);
  expect(out[2_999]).toBe(2_999_007);
});
