import { afterAll, beforeAll, expect, test } from "vitest";
import { setTimeout as wait } from "node:timers/promises";
import { ClusterBed, isOfStage } from "./support/cluster-bed.ts";

/*
 * A network that is cut between two parts of a project on the cluster profile: when it is whole again, all goes on, and
 * nothing is lost or doubled. Needs Kafka, PostgreSQL and versitygw; MILLRACE_KAFKA, MILLRACE_POSTGRES_BIN and
 * MILLRACE_S3_BIN name the folders of their programs.
 */

let bed: ClusterBed;
beforeAll(async () => {
  bed = await ClusterBed.open();
  await bed.start();
}, 120_000);
afterAll(() => bed?.down(), 60_000);

const backMsMax = 30_000;

test("a network that is cut is as if it had never been, soon after it is whole", { timeout: 170_000 }, async () => {
  const { kafka, postgres, s3 } = bed.between;
  const cuts: [pair: string, ms: number, cut: () => void][] = [
    ["stages and Kafka", 10_000, () => kafka.cut(isOfStage)],
    ["control plane and Kafka", 10_000, () => kafka.cut((hello) => !isOfStage(hello))],
    ["control plane and PostgreSQL", 10_000, () => postgres.cut()],
    ["tables and S3", 10_000, () => s3.cut()],
    ["all and all", 30_000, () => [kafka, postgres, s3].forEach((line) => line.cut())],
  ];
  const back: { pair: string; ms: number; slowest: string }[] = [];
  for (const [pair, ms, cut] of cuts) {
    cut();
    await wait(ms);
    for (const line of [kafka, postgres, s3]) line.heal();
    back.push({ pair, ...(await bed.goesOn()) });
  }
  console.log(back);
  expect(back.filter(({ ms }) => ms > backMsMax)).toEqual([]);
  await bed.expectConserved();
});
