import { afterAll, beforeAll, expect, test } from "vitest";
import { type KafkaServer, longSessions, startKafka } from "../../../scripts/engines/kafka.ts";
import { column, topicOf } from "../../engine/engine-for-tests.ts";
import type { AssignedTask, Member } from "../driver.ts";
import { declared, kafkaLogFor, newPrefix } from "./kafka-for-tests.ts";

/* Members that die on brokers that would not notice before the test is over. */

let kafka: KafkaServer;
beforeAll(async () => {
  kafka = await startKafka({ properties: longSessions });
});
afterAll(() => kafka?.stop());

const input = topicOf("in", [column("n", "integer")], { partitions: 2 });

test("a dead member that is dismissed leaves its tasks to the others at once; what it had under way is not done", async () => {
  const prefix = newPrefix();
  const control = await kafkaLogFor(kafka.brokers, prefix);
  await declared(control.log, input);
  const join = async (name: string) => {
    const life = await kafkaLogFor(kafka.brokers, prefix);
    const tasks: AssignedTask[] = [];
    const all = Promise.withResolvers<Error | undefined>();
    const member: Member = await life.log.join({
      ...{ group: "g", member: name, topics: ["in"], onRevoked: async () => undefined, onLost: all.resolve },
      onAssigned: (more) => tasks.push(...more) === input.partitions && all.resolve(undefined),
    });
    return { life, member, tasks, all: all.promise };
  };
  let holder = await join("m0");
  await holder.all;
  for (let n = 1; n <= 4; n++) {
    const commit = holder.member.commit({ tasks: [0, 1], positions: [0, 1].map((partition) => ({ topic: "in", partition, offset: n })), outputs: [] });
    // Every other one dies with a commit under way.
    if (n % 2 === 0) await commit;
    else commit.catch(() => undefined);
    holder.life.kill();
    const next = await join(`m${n}`);
    await control.log.dismiss?.("g", (member) => member === `m${n - 1}`);
    await next.all;
    if (n % 2 === 0) expect(next.tasks.flatMap(({ positions }) => positions.map(({ offset }) => offset))).toEqual([n, n]);
    holder = next;
  }
  // One that lives is out all the same, and hears of it.
  await control.log.dismiss?.("g", () => false);
  const lost = Promise.withResolvers<Error>();
  const alive = await kafkaLogFor(kafka.brokers, prefix);
  await alive.log.join({ group: "g", member: "alive", topics: ["in"], onAssigned: () => undefined, onRevoked: async () => undefined, onLost: lost.resolve });
  await control.log.dismiss?.("g", (member) => member === "alive");
  expect(await lost.promise).toMatchObject({ code: "MR-LOG-006" });
  for (const { log } of [alive, holder.life, control]) await log.close();
}, 300_000);
