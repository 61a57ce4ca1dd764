import { setTimeout as wait } from "node:timers/promises";
import { expect, test } from "vitest";
import { isOfStage, workingBed } from "./support/cluster-bed.ts";
import type { Meant } from "./support/tcp-proxy.ts";

/*
 * A network that is cut for 30 s between each pair of parts of a project on the cluster profile: 15 s after it is whole again
 * each part has got on, and nothing is lost or doubled. Needs Kafka, PostgreSQL and versitygw; MILLRACE_KAFKA,
 * MILLRACE_POSTGRES_BIN and MILLRACE_S3_BIN name the folders of their programs.
 */

const bed = workingBed();

type Line = "kafka" | "postgres" | "s3" | "plane";
const isOfPlane: Meant = (hello) => !isOfStage(hello);
const cuts: { pair: string; lines: Line[]; meant?: Meant }[] = [
  { pair: "stages and Kafka", lines: ["kafka"], meant: isOfStage },
  { pair: "the control plane and Kafka", lines: ["kafka"], meant: isOfPlane },
  { pair: "stages and PostgreSQL", lines: ["postgres"], meant: isOfStage },
  { pair: "the control plane and PostgreSQL", lines: ["postgres"], meant: isOfPlane },
  { pair: "stages and S3", lines: ["s3"], meant: isOfStage },
  { pair: "the control plane and S3", lines: ["s3"], meant: isOfPlane },
  { pair: "the worker and the control plane", lines: ["plane"] },
  { pair: "everybody and everything", lines: ["kafka", "postgres", "s3", "plane"] },
];

const cutMs = 30_000;

test.each(cuts)("after a cut between $pair each part goes on", async ({ lines, meant }) => {
  const cut = lines.map((line) => bed().between[line]);
  for (const line of cut) line.cut(meant);
  // Whoever only waits for work says nothing to a server: the control plane is made to look.
  void bed().millrace.status().catch(() => undefined);
  await wait(cutMs);
  const stuck = cut.map((line) => line.stuck);
  // Where all is cut, tables get no records that they could bring to S3.
  expect(Math.max(...stuck)).toBeGreaterThan(0);
  await bed().expectBack();
});

test("what went in came out once", () => bed().expectConserved());
