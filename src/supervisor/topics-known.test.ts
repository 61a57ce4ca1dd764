import { expect, test } from "vitest";
import type { TopicInfo } from "../log/driver.ts";
import { TopicsKnown } from "./topics-known.ts";

const topic = (name: string): TopicInfo => ({ name, partitions: 1, partitionInfo: [] });

test("the log is asked once for all who wait; while it is away they have what it said last", async () => {
  const asked: PromiseWithResolvers<TopicInfo[]>[] = [];
  const known = new TopicsKnown({
    topics: () => {
      asked.push(Promise.withResolvers());
      return asked[asked.length - 1].promise;
    },
  });
  const both = [known.now(), known.now()];
  asked[0].resolve([topic("a")]);
  expect(await Promise.all(both)).toEqual([[topic("a")], [topic("a")]]);
  expect(asked).toHaveLength(1);
  // It does not answer, and nobody waits for it for ever.
  expect(await known.now()).toEqual([topic("a")]);
  asked[1].reject(new Error("away"));
  await new Promise(setImmediate);
  const again = known.now();
  await expect.poll(() => asked.length).toBe(3);
  asked[2].resolve([topic("a"), topic("b")]);
  expect((await again).map(({ name }) => name)).toEqual(["a", "b"]);
});
