import type { GroupInfo, Position } from "../driver.ts";
import { mayRead, requireAccess, requireAdmin, requireGroup } from "./access.ts";
import { Coordinator, type CoordinatorOptions } from "./coordinator.ts";
import { type Connection, cut, cutStates, type LogCalls, type LogMethod, malformed, requireSoundRequest } from "./log-calls.ts";
import { LogCore, type LogCoreOptions } from "./log-core.ts";
import { recordsFrom, topicInfo } from "./log-index.ts";
import { standingState } from "./standing-state.ts";

/** The log as its clients see it: requests are checked against the client's grant here, and nowhere else. */
export class LogService {
  readonly core: LogCore;
  readonly #coordinator: Coordinator;
  readonly #calls: { [M in LogMethod]: (connection: Connection, request: Parameters<LogCalls[M]>[0], body: Uint8Array) => Promise<ReturnType<LogCalls[M]>> | ReturnType<LogCalls[M]> };

  constructor(options: LogCoreOptions & CoordinatorOptions) {
    const core = new LogCore(options);
    const coordinator = new Coordinator(core, options);
    this.core = core;
    this.#coordinator = coordinator;
    this.#calls = {
      ensureTopic: ({ grant }, { spec }) => {
        requireAdmin(grant, "create topics");
        return core.ensureTopic(spec);
      },
      deleteTopic: ({ grant }, { topic }) => {
        requireAdmin(grant, "delete topics");
        return core.deleteTopic(topic);
      },
      topics: ({ grant }) => core.topics().filter(({ name }) => mayRead(grant, name)),
      topic: ({ grant }, { topic }) => {
        // Who writes a topic must know its partitions.
        if (!grant.writes.includes(topic)) requireAccess(grant, "reads", topic);
        return topicInfo(core.index.topic(topic));
      },
      append: ({ grant }, { by, seq, outputs }, body) => {
        for (const { topic } of outputs) requireAccess(grant, "writes", topic);
        return core.commit({ by, seq, outputs: cut(outputs, body).outputs });
      },
      fetch: ({ grant, signal }, { partitions, bytesMax, waitMs }) => {
        for (const { topic } of partitions) requireAccess(grant, "reads", topic);
        return core.fetch(partitions, bytesMax, waitMs, signal);
      },
      offsetForTime: ({ grant }, { topic, partition, timestampMs }) => {
        requireAccess(grant, "reads", topic);
        return core.offsetForTime(topic, partition, timestampMs);
      },
      positions: ({ grant }, { group }) => {
        requireGroup(grant, group);
        return [...(core.index.groups.get(group)?.positions.values() ?? [])];
      },
      groups: ({ grant }) => {
        requireAdmin(grant, "list groups");
        return [...new Set([...core.index.groups.keys(), ...coordinator.groups])].map((group) => this.#groupInfo(group));
      },
      seek: ({ grant }, { group, positions }) => {
        requireAdmin(grant, "move a group");
        return coordinator.seek(group, positions);
      },
      join: ({ grant, notify, signal }, request) => {
        requireGroup(grant, request.group);
        for (const topic of request.topics) requireAccess(grant, "reads", topic);
        const leave = coordinator.join({ ...request, notify: (event) => notify({ ...event, group: request.group, member: request.member }) });
        signal.addEventListener("abort", leave, { once: true });
      },
      released: ({ grant }, { group, member, tasks }) => {
        requireGroup(grant, group);
        coordinator.released(group, member, tasks);
      },
      commit: ({ grant }, request, body) => {
        requireGroup(grant, request.group);
        for (const { topic } of request.outputs) requireAccess(grant, "writes", topic);
        const { outputs, rest } = cut(request.outputs, body);
        const state = request.state && standingState(cutStates(request.state, rest));
        return core.commit({ by: request.member, session: request.session, seq: request.seq, group: request.group, fences: request.fences, positions: request.positions, outputs, state });
      },
      restore: ({ grant }, { group, task, from }) => {
        requireGroup(grant, group);
        const refs = [...(core.index.groups.get(group)?.states.get(task) ?? [])];
        return { refs: refs.slice(from), more: false, total: refs.length };
      },
      leave: ({ grant }, { group, member }) => {
        requireGroup(grant, group);
        coordinator.leave(group, member);
      },
    };
  }

  async handle<M extends LogMethod>(connection: Connection, method: M, request: Parameters<LogCalls[M]>[0], body: Uint8Array): Promise<ReturnType<LogCalls[M]>> {
    const call = Object.hasOwn(this.#calls, method) ? this.#calls[method] : undefined;
    if (!call) throw malformed(`there is no request "${String(method)}"`);
    requireSoundRequest(method, request);
    return call(connection, request, body);
  }

  #groupInfo(group: string): GroupInfo {
    const known = this.core.index.groups.get(group)?.positions ?? new Map<string, Position>();
    const positions = [...known.values()];
    const lag = positions.flatMap(({ topic, partition, offset }) => {
      const index = this.core.index.topics.get(topic)?.partitions[partition];
      return index ? [{ topic, partition, records: recordsFrom(index, offset) }] : [];
    });
    // What its members read and have never committed is all still to be read: no position is not no lag.
    for (const topic of this.#coordinator.topics(group)) {
      this.core.index.topics.get(topic)?.partitions.forEach((index, partition) => {
        if (!known.has(`${topic}/${partition}`)) lag.push({ topic, partition, records: recordsFrom(index, index.start) });
      });
    }
    return { group, members: this.#coordinator.members(group), positions, lag };
  }

  close(): Promise<void> {
    this.#coordinator.close();
    return this.core.close();
  }
}
