import { type ErrorJson, MillraceError } from "../../errors.ts";
import type { AssignedTask, Position } from "../driver.ts";
import type { LogCore } from "./log-core.ts";

export type MemberEvent = { event: "assigned"; tasks: AssignedTask[] } | { event: "revoke"; tasks: number[] } | { event: "lost"; error: ErrorJson };

export interface MemberRequest {
  group: string;
  member: string;
  topics: string[];
  tasks?: number;
  /** Tasks that it owned when it lost its connection. It keeps those that nobody has taken since. */
  owned: [task: number, fence: number][];
  notify: (event: MemberEvent) => void;
}

interface LiveMember extends MemberRequest {
  tasks: number;
  /** Tasks it was asked to give up, and the timer that takes them by force. */
  revoking: Map<number, NodeJS.Timeout>;
}

interface LiveGroup {
  members: Map<string, LiveMember>;
  owners: Map<number, string>;
  /** Rebalances of a group run one after the other. */
  working: Promise<void>;
}

export interface CoordinatorOptions {
  /** How long members of before may take to come back after the log opened. Default 300 ms. */
  returnMs?: number;
  /** How long a member may take to give up a task. Default 10 s. */
  revokeMs?: number;
}

/**
 * Gives the tasks of each group to its members, evenly and with as few moves as possible. A task moves only when its
 * owner has released it, is gone, or has let the time for it pass; each move raises the task's fence on disk first.
 */
export class Coordinator {
  readonly #core: LogCore;
  readonly #revokeMs: number;
  readonly #returnsUntil: number;
  readonly #groups = new Map<string, LiveGroup>();
  #closed = false;

  constructor(core: LogCore, options: CoordinatorOptions = {}) {
    this.#core = core;
    this.#revokeMs = options.revokeMs ?? 10_000;
    this.#returnsUntil = performance.now() + (options.returnMs ?? 300);
  }

  members(group: string): { member: string; tasks: number[] }[] {
    const live = this.#groups.get(group);
    return [...(live?.members.keys() ?? [])].map((member) => ({ member, tasks: [...(live?.owners ?? [])].filter(([, owner]) => owner === member).map(([task]) => task) }));
  }

  get groups(): Iterable<string> {
    return this.#groups.keys();
  }

  /** What the group's members read. */
  topics(group: string): Set<string> {
    return new Set([...(this.#groups.get(group)?.members.values() ?? [])].flatMap(({ topics }) => topics));
  }

  /** @returns leaves the group again, unless a later join under the same name has taken its place */
  join(request: MemberRequest): () => void {
    if (request.tasks !== undefined && !(Number.isInteger(request.tasks) && request.tasks > 0)) throw noTasks(request);
    const tasks = request.topics.length === 0 ? (request.tasks ?? 1) : Math.max(...request.topics.map((topic) => this.#core.index.topic(topic).partitions.length));
    const group = this.#live(request.group);
    const { owners } = this.#core.index.group(request.group);
    // Whoever had this name before is gone: a connection that broke, or a life that was fenced.
    this.leave(request.group, request.member);
    const taken = request.owned.find(([task, fence]) => owners.get(task)?.fence !== fence || owners.get(task)?.member !== request.member || group.owners.has(task));
    if (taken) {
      request.notify({ event: "lost", error: fencedOut(request.group, `task ${taken[0]} has been given to another owner`) });
      return () => undefined;
    }
    const live: LiveMember = { ...request, tasks, revoking: new Map() };
    group.members.set(request.member, live);
    for (const [task] of request.owned) group.owners.set(task, request.member);
    // Others may be on their way back to their tasks; one that finds all owners here has nobody to wait for.
    this.#rebalanceSoon(request.group, group, [...owners.values()].some(({ member }) => member !== "" && !group.members.has(member)));
    return () => {
      if (this.#groups.get(request.group)?.members.get(request.member) === live) this.leave(request.group, request.member);
    };
  }

  released(groupName: string, member: string, tasks: number[]): void {
    const group = this.#groups.get(groupName);
    const live = group?.members.get(member);
    if (!group || !live) return;
    for (const task of tasks) {
      clearTimeout(live.revoking.get(task));
      live.revoking.delete(task);
      if (group.owners.get(task) === member) group.owners.delete(task);
    }
    this.#rebalanceSoon(groupName, group, false);
  }

  leave(groupName: string, member: string): void {
    const group = this.#groups.get(groupName);
    const live = group?.members.get(member);
    if (!group || !live) return;
    group.members.delete(member);
    for (const timer of live.revoking.values()) clearTimeout(timer);
    for (const [task, owner] of group.owners) if (owner === member) group.owners.delete(task);
    this.#rebalanceSoon(groupName, group, false);
  }

  /** Moves the group's positions and makes all its members start anew. */
  async seek(groupName: string, positions: Position[]): Promise<void> {
    const group = this.#live(groupName);
    // Between rebalances, not during one: a task that is being given out must not begin at the old position.
    const moved = group.working.then(() => this.#move(groupName, group, positions));
    group.working = moved.catch(() => undefined);
    await moved;
  }

  async #move(groupName: string, group: LiveGroup, positions: Position[]): Promise<void> {
    // Before anyone is fenced: a request that cannot be met changes nothing.
    this.#core.requirePositions(positions);
    const owners = this.#core.index.group(groupName).owners;
    // Fence first: an epoch under way must not land behind the new position.
    const fences = [...owners].map(([task, { fence }]): [number, number] => [task, fence + 1]);
    if (fences.length > 0) await this.#core.assign(groupName, "", fences);
    await this.#core.seek(groupName, positions);
    this.#dismiss(groupName, group, "the group was moved to other positions");
  }

  /** Puts all members out; they start anew. */
  #dismiss(name: string, group: LiveGroup, reason: string): void {
    for (const { member, notify } of [...group.members.values()]) {
      notify({ event: "lost", error: fencedOut(name, reason) });
      this.leave(name, member);
    }
  }

  close(): void {
    this.#closed = true;
    for (const { members } of this.#groups.values()) for (const { revoking } of members.values()) for (const timer of revoking.values()) clearTimeout(timer);
  }

  #live(name: string): LiveGroup {
    let group = this.#groups.get(name);
    if (!group) this.#groups.set(name, (group = { members: new Map(), owners: new Map(), working: Promise.resolve() }));
    return group;
  }

  #rebalanceSoon(name: string, group: LiveGroup, mayReturn: boolean): void {
    const waitMs = mayReturn ? this.#returnsUntil - performance.now() : 0;
    group.working = group.working
      .then(() => (waitMs > 0 ? new Promise<void>((resolve) => setTimeout(resolve, waitMs).unref()) : undefined))
      .then(() => (this.#closed ? undefined : this.#rebalance(name, group)))
      .catch((error: Error) => this.#dismiss(name, group, error.message));
  }

  async #rebalance(name: string, group: LiveGroup): Promise<void> {
    const members = [...group.members.values()];
    if (members.length === 0) return;
    const target = balance(Math.max(...members.map((member) => member.tasks)), members.map((member) => member.member), group.owners);
    for (const [task, owner] of group.owners) if (target.get(task) !== owner) this.#revoke(name, group, owner, task);
    for (const { member, notify } of members) {
      const free = [...target].filter(([task, owner]) => owner === member && !group.owners.has(task)).map(([task]) => task);
      if (free.length > 0) await this.#assign(name, group, member, free, notify);
    }
  }

  async #assign(name: string, group: LiveGroup, member: string, tasks: number[], notify: MemberRequest["notify"]): Promise<void> {
    const index = this.#core.index.group(name);
    const fences = tasks.map((task): [number, number] => [task, (index.owners.get(task)?.fence ?? 0) + 1]);
    for (const task of tasks) group.owners.set(task, member);
    await this.#core.assign(name, member, fences);
    // It may have left while the disk was busy; its tasks are free again, and the leave has asked for the next round.
    if (group.members.get(member)?.notify !== notify) return;
    const positions = [...index.positions.values()];
    notify({ event: "assigned", tasks: fences.map(([task, fence]) => ({ task, fence, positions: positions.filter((position) => position.partition === task) })) });
  }

  #revoke(name: string, group: LiveGroup, owner: string, task: number): void {
    const live = group.members.get(owner);
    if (!live) {
      group.owners.delete(task);
      return;
    }
    if (live.revoking.has(task)) return;
    const timer = setTimeout(() => this.released(name, owner, [task]), this.#revokeMs).unref();
    live.revoking.set(task, timer);
    live.notify({ event: "revoke", tasks: [task] });
  }
}

function noTasks({ tasks, group, member }: MemberRequest): MillraceError {
  return new MillraceError("MR-LOG-011", { what: `a member with ${JSON.stringify(tasks)} tasks`, where: `group "${group}", member "${member}"`, mend: "join with a whole number of tasks, 1 or more" });
}

/** Who should own which task: shares differ by one at the most, and an owner keeps what fits its share. */
function balance(tasks: number, members: string[], owners: ReadonlyMap<number, string>): Map<number, string> {
  const share = Math.floor(tasks / members.length);
  let larger = tasks % members.length;
  const counts = new Map(members.map((member) => [member, 0]));
  const target = new Map<number, string>();
  const give = (task: number, member: string): boolean => {
    const count = counts.get(member);
    if (count === undefined || count > share || (count === share && larger === 0)) return false;
    if (count === share) larger--;
    counts.set(member, count + 1);
    target.set(task, member);
    return true;
  };
  for (const [task, owner] of owners) if (task < tasks) give(task, owner);
  for (let task = 0; task < tasks; task++) if (!target.has(task)) members.some((member) => give(task, member));
  return target;
}

function fencedOut(group: string, what: string): ErrorJson {
  return new MillraceError("MR-LOG-006", { what, where: `group "${group}"`, mend: "nothing to do: the process starts anew from where the group stands" }).toJSON();
}
