import { setTimeout as wait } from "node:timers/promises";
import { afterAll, beforeAll, expect, test } from "vitest";
import { ClusterBed, isOfStage } from "./support/cluster-bed.ts";
import type { Meant } from "./support/tcp-proxy.ts";

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

type Line = "kafka" | "postgres" | "s3";
const cuts: { pair: string; ms: number; lines: Line[]; meant?: Meant }[] = [
  { pair: "stages and Kafka", ms: 10_000, lines: ["kafka"], meant: isOfStage },
  { pair: "the control plane and Kafka", ms: 10_000, lines: ["kafka"], meant: (hello) => !isOfStage(hello) },
  { pair: "the control plane and PostgreSQL", ms: 10_000, lines: ["postgres"] },
  { pair: "tables and S3", ms: 10_000, lines: ["s3"] },
  { pair: "all of them", ms: 30_000, lines: ["kafka", "postgres", "s3"] },
];

/** 15 s on a machine that has nothing else to do. */
const backMsMax = 30_000;

test.each(cuts)("after a cut of $ms ms between $pair each part goes on", { timeout: 90_000 }, async ({ ms, lines, meant }) => {
  const cut = lines.map((line) => bed.between[line]);
  for (const line of cut) line.cut(meant);
  // Whoever only waits for work says nothing to a server: the control plane is made to look.
  void bed.millrace.status().catch(() => undefined);
  await wait(ms);
  const stuck = cut.map((line) => line.stuck);
  bed.heal();
  const back = await bed.goesOn();
  // Where all is cut, tables get no records that they could bring to S3.
  expect(Math.max(...stuck)).toBeGreaterThan(0);
  expect(back.ms, back.slowest).toBeLessThan(backMsMax);
});

test("what went in came out once", { timeout: 120_000 }, () => bed.expectConserved());
