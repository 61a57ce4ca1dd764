import { MillraceError } from "../../errors.ts";
import type { ControlPlane, ScaleRequest, StageStatus } from "../control-plane.ts";
import { type PageRequest, pageByName } from "../page.ts";
import { type Route, route } from "../route.ts";
import { amount, count, errorObject, list, moment, object, paging, text, textOrNull } from "../schemas.ts";
import { unknownName } from "../unknown-name.ts";

const instanceStatus = object({ pid: count, memoryBytes: amount, cpuSeconds: amount, startedAt: moment, restarts: count, machine: { ...text, description: "Where it is, when it is a worker's." } }, ["machine"]);

export const stageStatus = object(
  {
    name: text,
    kind: text,
    state: { type: "string", enum: ["running", "starting", "paused", "failed", "drained", "stopped"] },
    reason: text,
    instances: list(instanceStatus),
    scale: object({ min: count, max: count }),
    recordsInPerSecond: amount,
    recordsOutPerSecond: amount,
    recordsIn: { ...count, description: "On Kafka, which counts ends of transactions too, at most so many; so are dead letters and late records." },
    recordsOut: count,
    lagRecords: { type: ["integer", "null"], minimum: 0 },
    deadLetters: count,
    lateRecords: count,
    today: { ...object({ cpuSeconds: amount, memoryGibSeconds: amount }), description: "What its processes have used since midnight UTC." },
    warnedRecords: { ...count, description: "Records that break a check which lets them through, once for each check, since the control plane's start." },
    lastError: object({ ...(errorObject.properties as object), at: moment }),
  },
  ["reason", "lastError"],
);

interface OneStage {
  Params: { stage: string };
}

/** @throws MillraceError `MR-ENGINE-005` */
export async function stageNamed(control: ControlPlane, name: string): Promise<StageStatus> {
  const { stages } = await control.status();
  const stage = stages.find((each) => each.name === name);
  if (stage) return stage;
  throw unknownName("MR-ENGINE-005", "stage", name, stages.map((each) => each.name), "the address");
}

/** A change to one stage, answered with its state after it. */
function change<B>(method: "POST" | "PUT", verb: string, summary: string, body: Route["body"], act: (control: ControlPlane, stage: StageStatus, body: B) => Promise<void>): Route {
  return route<OneStage>({
    method,
    path: `/api/v1/stages/:stage/${verb}`,
    id: `${verb}Stage`,
    summary,
    permission: "operate",
    body,
    responses: { 200: { description: "The stage after the change.", schema: stageStatus } },
    handler: async ({ control }, { params, body }) => {
      await act(control, await stageNamed(control, params.stage), body as B);
      return stageNamed(control, params.stage);
    },
  });
}

const pauseBody = { schema: { ...object({ reason: { type: "string", minLength: 1, maxLength: 500 } }, ["reason"]), type: ["object", "null"] }, bytesMax: 16 * 1024 };
const processes = { type: "integer", minimum: 0, maximum: 1_024 };
const scaleBody = { schema: { ...object({ min: processes, max: { ...processes, minimum: 1 } }, ["min", "max"]), minProperties: 1 }, bytesMax: 16 * 1024 };

/** Given alone, a bound moves the other one; given together they must be in order. */
function requireOrder({ min = 0, max = Infinity }: ScaleRequest): void {
  if (min <= max) return;
  throw new MillraceError("MR-HTTP-006", { what: `the fewest processes, ${min}, are more than the most, ${max}`, where: "body", mend: "give a `min` that is not above `max`" });
}

export const stageRoutes: Route[] = [
  route<{ Querystring: PageRequest }>({
    method: "GET",
    path: "/api/v1/stages",
    id: "listStages",
    summary: "All stages, by name.",
    permission: "read",
    query: paging,
    responses: { 200: { description: "A page of stages.", schema: object({ stages: list(stageStatus), next: textOrNull }) } },
    handler: async ({ control }, { query }) => {
      const { items, next } = pageByName((await control.status()).stages, query);
      return { stages: items, next };
    },
  }),
  route<OneStage>({
    method: "GET",
    path: "/api/v1/stages/:stage",
    id: "getStage",
    summary: "The state of one stage.",
    permission: "read",
    responses: { 200: { description: "The stage.", schema: stageStatus } },
    handler: ({ control }, { params }) => stageNamed(control, params.stage),
  }),
  change<{ reason?: string } | null>("POST", "pause", "Stops a stage behind its epoch; a source takes no more.", pauseBody, (control, { name }, body) => control.pause(name, body?.reason)),
  change("POST", "resume", "Lets a paused stage go on.", undefined, (control, { name }) => control.resume(name)),
  change("POST", "restart", "Drains the stage's processes and starts them anew.", undefined, (control, { name }) => control.restart(name)),
  change<ScaleRequest>("PUT", "scale", "Sets how many processes the stage may have.", scaleBody, async (control, stage, body) => {
    requireOrder(body);
    await control.scale(stage.name, body);
  }),
];
