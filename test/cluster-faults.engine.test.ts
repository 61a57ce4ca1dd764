import { setTimeout as wait } from "node:timers/promises";
import { test } from "vitest";
import type { Fault } from "../src/files/fault-proxy-for-tests.ts";
import { workingBed } from "./support/cluster-bed.ts";
import { random } from "./support/random.ts";

/*
 * Servers of a project on the cluster profile that die, answer late or not at all, and the project's own processes killed:
 * all goes on, and nothing is lost or doubled. Needs Kafka, PostgreSQL and versitygw; MILLRACE_KAFKA, MILLRACE_POSTGRES_BIN
 * and MILLRACE_S3_BIN name the folders of their programs.
 */

const bed = workingBed();

const chance = random(1812);
const isCommit = (bytes: Buffer): boolean => bytes.includes("; commit");
/** How long a fault that comes and goes lasts. */
const spellMs = 8_000;

async function postgresDiesInACommit(signal: "SIGINT" | "SIGKILL"): Promise<void> {
  const { promise: committing, resolve } = Promise.withResolvers<void>();
  bed().between.postgres.fault = (bytes) => {
    if (isCommit(bytes)) resolve();
    return "pass";
  };
  await committing;
  await bed().servers.postgres.restart(signal);
}

async function postgresLosesAnswers(): Promise<void> {
  bed().between.postgres.fault = (bytes) => (isCommit(bytes) && chance() < 0.3 ? "lose-answer" : "pass");
  await wait(spellMs);
}

async function kafkaLosesAnswers(): Promise<void> {
  bed().between.kafka.fault = () => (chance() < 0.02 ? "lose-answer" : "pass");
  await wait(spellMs);
}

async function s3FailsInEveryWay(): Promise<void> {
  const faults: Fault[] = ["lose-answer", "slow-down", "cut-body"];
  bed().between.s3Requests.fault = () => (chance() < 0.3 ? faults[Math.floor(chance() * faults.length)] : "pass");
  await wait(spellMs);
}

async function allIsSlow(): Promise<void> {
  const { kafka, postgres, s3 } = bed().between;
  for (const line of [kafka, postgres, s3]) line.slowMs = 40;
  await wait(spellMs);
}

async function brokerIsKilled(): Promise<void> {
  await bed().servers.kafka.kill(0);
  await bed().servers.kafka.start(0);
}

async function stagesAreKilled(): Promise<void> {
  const { stages } = await bed().millrace.status();
  for (const { pid } of stages.flatMap(({ instances }) => instances)) process.kill(pid, "SIGKILL");
}

async function workerIsKilled(): Promise<void> {
  await bed().worker.kill();
  await bed().startWorker();
}

async function doorIsKilled(): Promise<void> {
  const { services } = await bed().millrace.status();
  process.kill(services.find(({ name }) => name === "door")?.pid as number, "SIGKILL");
}

async function planeIsKilled(): Promise<void> {
  await bed().millrace.kill();
  await bed().start();
}

test.each([
  { what: "PostgreSQL is stopped in a commit and started again", happens: () => postgresDiesInACommit("SIGINT") },
  { what: "PostgreSQL is killed in a commit and started again", happens: () => postgresDiesInACommit("SIGKILL") },
  { what: "answers to commits are lost", happens: postgresLosesAnswers },
  { what: "answers of Kafka are lost", happens: kafkaLosesAnswers },
  { what: "S3 is busy, breaks off, and does what it does not answer for", happens: s3FailsInEveryWay },
  { what: "every line is slow", happens: allIsSlow },
  { what: "the broker is killed and started again", happens: brokerIsKilled },
  { what: "all stages are killed", happens: stagesAreKilled },
  { what: "the worker is killed and another one started", happens: workerIsKilled },
  { what: "the workers' door to the log is killed", happens: doorIsKilled },
  { what: "the control plane is killed and started again", happens: planeIsKilled },
])("each part goes on after this: $what", async ({ happens }) => {
  await happens();
  await bed().expectBack();
});

test("what went in came out once", () => bed().expectConserved());
