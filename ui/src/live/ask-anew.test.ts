import { QueryClient, QueryObserver } from "@tanstack/react-query";
import { expect, onTestFinished, test } from "vitest";
import { askAnew } from "./ask-anew.ts";

/** What is asked, answered by hand. */
function shown() {
  const client = new QueryClient();
  const asked: { answer(value: number): void; cutOff: boolean }[] = [];
  const observer = new QueryObserver<number>(client, {
    queryKey: ["get", "/runs"],
    queryFn: ({ signal }) => {
      const { promise, resolve } = Promise.withResolvers<number>();
      const each = { answer: resolve, cutOff: false };
      signal.addEventListener("abort", () => (each.cutOff = true));
      asked.push(each);
      return promise;
    },
  });
  onTestFinished(observer.subscribe(() => undefined));
  const changed = () => askAnew(client, ({ queryKey: [, path] }) => path === "/runs");
  return { observer, asked, changed };
}

test("an answer on its way is not cut off by changes, however fast they come, and is asked for once more", async () => {
  const { observer, asked, changed } = shown();
  for (const value of [1, 2, 3]) {
    for (let i = 0; i < 5; i++) changed();
    asked[value - 1].answer(value);
    await expect.poll(() => [observer.getCurrentResult().data, asked.length]).toEqual([value, value + 1]);
  }
  expect(asked.map(({ cutOff }) => cutOff)).toEqual([false, false, false, false]);
  asked[3].answer(4);
  await expect.poll(() => observer.getCurrentResult()).toMatchObject({ data: 4, fetchStatus: "idle" });
  expect(asked).toHaveLength(4);
});

test("what nobody is asking for is asked for at once", async () => {
  const { observer, asked, changed } = shown();
  asked[0].answer(1);
  await expect.poll(() => observer.getCurrentResult().data).toBe(1);
  changed();
  expect(asked).toHaveLength(2);
});
