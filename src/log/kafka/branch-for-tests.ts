import { runnerOf, until } from "../../engine/engine-for-tests.ts";
import { FailurePolicy } from "../../engine/failures.ts";
import { InputGate } from "../../engine/input-gate.ts";
import type { OperatorHost } from "../../engine/operator-host.ts";
import { RecordOperator } from "../../engine/record-operator.ts";
import type { TopicDecl } from "../../model/manifest.ts";
import type { LogDriver } from "../driver.ts";

/** A stage that passes on orders of more than 100, until it has read all. */
export async function branch(log: LogDriver, { orders, large, dead }: { orders: TopicDecl; large: TopicDecl; dead: TopicDecl }): Promise<void> {
  const host = { stage: "stage", release: "r1", log: { warn: () => undefined }, now: Date.now } as unknown as OperatorHost;
  const gate = new InputGate(new Map(), new FailurePolicy("stage", "r1", { attempts: 1, backoffMs: 1 }, { ratio: 1, window: 1_000 }), host);
  const runner = runnerOf({ client: () => log }, {
    definition: { run: (order: { amount: number }, emit) => order.amount > 100 && emit(order) },
    ...{ inputs: [orders], outputs: { large }, dlq: dead, runner: { gate } },
    operator: (definition, operatorHost, failures) => new RecordOperator(definition, operatorHost, failures),
  });
  const ended = runner.run();
  await Promise.race([until(() => caughtUp(log, orders.partitions)), ended]);
  runner.stop();
  await ended;
}

async function caughtUp(log: LogDriver, partitions: number): Promise<boolean> {
  const info = (await log.groups()).find(({ group }) => group === "stage");
  return info !== undefined && info.positions.length === partitions && info.lag.every(({ records }) => records === 0);
}
