import { MillraceError } from "../../errors.ts";
import type { TopicInfo } from "../../log/driver.ts";
import { redriveGroup } from "../../model/redrive-group.ts";
import type { ControlPlane, LettersRequest } from "../control-plane.ts";
import { type PageRequest, pageByName } from "../page.ts";
import { readRecords, type ReadRequest } from "../read-records.ts";
import { type Route, route } from "../route.ts";
import { count, flag, list, object, paging, text, textOrNull } from "../schemas.ts";
import { stageNamed } from "./stages.ts";
import { offset, partition, readQuery, recordPage, topicNamed } from "./topics.ts";

interface OneStage {
  Params: { stage: string };
}

/** Which letters. */
const lettersBody = {
  schema: {
    ...object(
      {
        limit: { type: "integer", minimum: 1, maximum: Number.MAX_SAFE_INTEGER, description: "Most records, the oldest first." },
        filter: object({ errorCode: { type: "string", minLength: 1, maxLength: 64 } }, ["errorCode"]),
        records: { ...list(object({ partition, offset })), minItems: 1, maxItems: 1_000, description: "These alone, by their places in the topic of dead letters. Those that no longer wait there are passed over." },
        dryRun: { type: "boolean", description: "Only count." },
      },
      ["limit", "filter", "records", "dryRun"],
    ),
    type: ["object", "null"],
  },
  bytesMax: 16 * 1024,
};

/** @throws MillraceError `MR-ENGINE-005` when there is no such stage, `MR-HTTP-005` when it has no dead letters */
async function deadLetterTopic(control: ControlPlane, name: string): Promise<string> {
  const { stages } = control.manifest();
  const dlq = Object.hasOwn(stages, name) ? stages[name].dlq : undefined;
  if (dlq !== undefined) return dlq;
  await stageNamed(control, name);
  throw new MillraceError("MR-HTTP-005", { what: `stage "${name}" has no dead letters: it runs no code on records`, where: "the address", mend: "GET /api/v1/dlq lists the stages that have" });
}

/** The topic of dead letters from where those begin that wait. */
async function waitingLetters(control: ControlPlane, stage: string): Promise<TopicInfo> {
  const topic = await topicNamed(control, await deadLetterTopic(control, stage));
  const sentUpTo = new Map((await control.log.positions(redriveGroup(stage))).map(({ partition, offset }) => [partition, offset]));
  return { ...topic, partitionInfo: topic.partitionInfo.map((info) => ({ ...info, start: Math.max(info.start, sentUpTo.get(info.partition) ?? 0) })) };
}

export const dlqRoutes: Route[] = [
  route<{ Querystring: PageRequest }>({
    method: "GET",
    path: "/api/v1/dlq",
    id: "listDeadLetters",
    summary: "Stages that may have dead letters, with how many stand there.",
    permission: "read",
    query: paging,
    responses: { 200: { description: "A page of stages.", schema: object({ stages: list(object({ stage: text, topic: text, records: count })), next: textOrNull }) } },
    handler: async ({ control }, { query }) => {
      const { stages } = control.manifest();
      const counts = new Map((await control.status()).stages.map(({ name, deadLetters }) => [name, deadLetters]));
      const { items, next } = pageByName(Object.values(stages).filter(({ dlq }) => dlq !== undefined), query);
      return { stages: items.map(({ name, dlq }) => ({ stage: name, topic: dlq, records: counts.get(name) ?? 0 })), next };
    },
  }),
  route<OneStage & { Querystring: ReadRequest }>({
    method: "GET",
    path: "/api/v1/dlq/:stage/records",
    id: "readDeadLetters",
    summary: "A page of a stage's dead letters that wait; their headers say what failed, and where they came from. Those that were sent again stand in the topic alone.",
    permission: "read",
    query: readQuery,
    responses: { 200: { description: "A page of records.", schema: recordPage } },
    handler: async ({ control }, { params, query }) => readRecords(control.log, await waitingLetters(control, params.stage), query),
  }),
  route<OneStage & { Body: LettersRequest | undefined }>({
    method: "POST",
    path: "/api/v1/dlq/:stage/redrive",
    id: "redriveDeadLetters",
    summary: "Sends dead letters through their stage again.",
    permission: "operate",
    body: lettersBody,
    responses: { 200: { description: "How many matched, and how many were sent.", schema: object({ matched: count, redriven: count, dryRun: flag }) } },
    handler: async ({ control }, { params, body }) => {
      await deadLetterTopic(control, params.stage);
      const result = await control.redrive(params.stage, body ?? {});
      return { ...result, dryRun: body?.dryRun ?? false };
    },
  }),
  route<OneStage & { Body: LettersRequest | undefined }>({
    method: "POST",
    path: "/api/v1/dlq/:stage/discard",
    id: "discardDeadLetters",
    summary: "Lets dead letters wait no longer, without sending them anywhere. They stand in their topic until its retention.",
    permission: "operate",
    body: lettersBody,
    responses: { 200: { description: "How many matched, and how many were discarded.", schema: object({ matched: count, discarded: count, dryRun: flag }) } },
    handler: async ({ control }, { params, body }) => {
      await deadLetterTopic(control, params.stage);
      const result = await control.discard(params.stage, body ?? {});
      return { ...result, dryRun: body?.dryRun ?? false };
    },
  }),
];
