import { setTimeout as wait } from "node:timers/promises";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type Between, ClusterBed, isOfStage } from "./support/cluster-bed.ts";

/*
 * A network that is cut between parts of a project on the cluster profile: when it is whole again, all goes on, and nothing
 * is lost or doubled. Needs Kafka, PostgreSQL and versitygw; MILLRACE_KAFKA, MILLRACE_POSTGRES_BIN and MILLRACE_S3_BIN name
 * the folders of their programs.
 */

let bed: ClusterBed;
beforeAll(async () => {
  bed = await ClusterBed.open();
  await bed.start();
}, 180_000);
afterAll(() => bed?.down(), 60_000);

const cuts: { pair: string; ms: number; cut: (lines: Between) => void }[] = [
  { pair: "stages and Kafka", ms: 10_000, cut: ({ kafka }) => kafka.cut(isOfStage) },
  { pair: "the control plane and Kafka", ms: 10_000, cut: ({ kafka }) => kafka.cut((hello) => !isOfStage(hello)) },
  { pair: "the control plane and PostgreSQL", ms: 10_000, cut: ({ postgres }) => postgres.cut() },
  { pair: "tables and S3", ms: 10_000, cut: ({ s3 }) => s3.cut() },
  { pair: "all of them", ms: 30_000, cut: ({ kafka, postgres, s3 }) => [kafka, postgres, s3].forEach((line) => line.cut()) },
];

/** 15 s on a machine that has nothing else to do. */
const backMsMax = 30_000;

test.each(cuts)("after a cut of $ms ms between $pair each part goes on", { timeout: 90_000 }, async ({ ms, cut }) => {
  cut(bed.between);
  await wait(ms);
  bed.heal();
  const back = await bed.goesOn();
  expect(back.ms, back.slowest).toBeLessThan(backMsMax);
});

test("what went in came out once", { timeout: 120_000 }, () => bed.expectConserved());
