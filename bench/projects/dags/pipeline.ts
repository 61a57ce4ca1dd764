import { dag, type TaskRef } from "millrace";
import { z } from "zod";

/** Forty tasks that do nothing, one after another. */
export const chain = dag("chain", {}, ({ task }) => {
  let last: TaskRef | undefined;
  for (let n = 1; n <= 40; n++) last = task(`step-${n}`, () => null, { after: last ? [last] : [] });
});

/** One task, one for each entry of its list, and one behind all of those. */
export const fanout = dag("fanout", { params: z.object({ items: z.int().default(5_000) }) }, ({ task, map }) => {
  const spread = task("spread", ({ params }) => Array.from({ length: params.items }, (_, i) => i));
  const each = map("each", spread, (item, { task }) => task("one", { item }, ({ item }) => item));
  task("gather", { each }, ({ each }) => each.length);
});
