import type { RunState } from "../state/run-store.ts";
import { noteUpdate } from "./datasets.ts";
import { takePool } from "./dags.ts";
import type { Message, ParentTask } from "./messages.ts";
import { endTaskOfRun, trigger } from "./runs.ts";
import { hearClaim } from "./share-home.ts";
import { takeShare } from "./shares.ts";
import type { World } from "./world.ts";

/** Takes a message of another shard, or of this one to itself. */
export function receive(world: World, message: Message): void {
  switch (message.type) {
    case "updated":
      return noteUpdate(world, message.dataset, message.interval, message.cause);
    case "child":
      return makeChild(world, message);
    case "child-ended":
      return endTaskOfRun(world, message);
    case "pool":
      return takePool(world, message.row);
    case "claim":
      return hearClaim(world, message);
    case "share":
      return takeShare(world, message);
  }
}

/** The task's shard knows no DAGs but its own: whether there is such a one is said here. */
function makeChild(world: World, { request, wait }: Extract<Message, { type: "child" }>): void {
  const parent = JSON.parse(request.cause) as ParentTask;
  const answer = (state: RunState, note: string): void => world.post(world.homeOf(parent.dag), { type: "child-ended", parent, child: request.id, state, note });
  if (!world.dags.has(request.dag)) return answer("failed", `DAG "${request.dag}" does not exist`);
  trigger(world, request);
  if (!wait) answer("success", `run ${request.id}`);
}
