import type { GroupInfo, Position } from "../driver.ts";
import type { KafkaCluster } from "./kafka-cluster.ts";
import type { GroupMember } from "./kafka-port.ts";
import type { KafkaNames } from "./names.ts";
import type { KnownGroup, Registry } from "./registry.ts";
import { type FoundRecord, newestRecords, positionsOf, type TaskRecord } from "./task-record.ts";

/*
 * How groups stand. The control plane asks this of all of them every second, so what is asked of Kafka is asked once for all,
 * and not once for each; and what has not changed is not read again.
 */

interface Parts {
  cluster: KafkaCluster;
  names: KafkaNames;
}

/** Where a task stands. */
export interface TaskStanding {
  task: number;
  record: TaskRecord;
  /** Those of topics as they are now. */
  positions: Position[];
}

/** Records of tasks that were found earlier, by the id of their topic and the partition. */
export type FoundBefore = Map<string, FoundRecord>;

/** Of each group its tasks, as far as it has a topic for them; in the order of the request. */
export async function taskStandings({ cluster, names }: Parts, groups: readonly string[], before: FoundBefore = new Map()): Promise<TaskStanding[][]> {
  const states = new Map((await topicsOf(cluster, groups.map((group) => names.state(group)))).map((topic) => [topic.name, topic]));
  const spots = groups.flatMap((group) => {
    const state = states.get(names.state(group));
    return (state?.leaders ?? []).map((_, partition) => ({ topic: names.state(group), partition, group, key: `${state?.id}/${partition}` }));
  });
  const found = await newestRecords(cluster, spots, spots.map(({ key }) => before.get(key)));
  // Of what was dropped meanwhile nothing stays.
  before.clear();
  for (const [i, { key }] of spots.entries()) before.set(key, found[i]);
  const records = found.map(({ record }) => record);
  const idOf = await topicIds({ cluster, names }, records);
  const standings = Map.groupBy(spots.map(({ group, partition: task }, i) => ({ group, task, record: records[i], positions: positionsOf(records[i], task, idOf) })), ({ group }) => group);
  return groups.map((group) => (standings.get(group) ?? []).map(({ task, record, positions }) => ({ task, record, positions })));
}

/** The positions that a record tells, of topics as they are now. */
export async function currentPositions(parts: Parts, record: TaskRecord, task: number): Promise<Position[]> {
  return positionsOf(record, task, await topicIds(parts, [record]));
}

/** The ids of the topics that records speak of: one that was made anew is another. */
async function topicIds({ cluster, names }: Parts, records: readonly TaskRecord[]): Promise<(topic: string) => string | undefined> {
  const named = new Set(records.flatMap(({ positions }) => positions.filter(({ id }) => id !== undefined).map(({ topic }) => names.topic(topic))));
  const there = new Map((await topicsOf(cluster, [...named])).map(({ name, id }) => [name, id]));
  return (topic) => there.get(names.topic(topic));
}

const topicsOf = async (cluster: KafkaCluster, names: string[]): ReturnType<KafkaCluster["topics"]> => (names.length === 0 ? [] : cluster.topics(names));

/** @param groups - as the registry knows them */
export async function groupInfos({ cluster, names, registry }: Parts & { registry: Registry }, groups: readonly KnownGroup[], before: FoundBefore): Promise<GroupInfo[]> {
  const [members, standings] = await Promise.all([cluster.groupMembers(groups.map(({ group }) => names.group(group))), taskStandings({ cluster, names }, groups.map(({ group }) => group), before)]);
  const ends = await endsOf({ cluster, registry }, new Set(groups.flatMap(({ topics }) => topics)));
  return groups.map(({ group, topics, tasks }, i) => {
    const positions = standings[i].flatMap((standing) => standing.positions);
    const lag = topics.flatMap((topic) => (ends.get(topic) ?? []).map(({ partition, start, end }) => {
      const position = positions.find((each) => each.topic === topic && each.partition === partition);
      return { topic, partition, records: Math.max(0, end - Math.max(start, position?.offset ?? 0)) };
    }));
    return { group, members: members[i].map((member) => shareOf(member, tasks)), positions, lag };
  });
}

function shareOf({ member, assigned }: GroupMember, tasks: number): GroupInfo["members"][number] {
  return { member: joinedAs(member), tasks: assigned.flatMap(({ partitions }) => partitions).filter((task) => task < tasks).sort((a, b) => a - b) };
}

/** Behind the name a member joined under, Kafka is told an id of each joining. */
export const joinedAs = (member: string): string => member.slice(0, member.lastIndexOf("#"));

/** Where the partitions of topics begin and end; of topics that are not there, nothing. */
async function endsOf({ cluster, registry }: { cluster: KafkaCluster; registry: Registry }, topics: ReadonlySet<string>): Promise<Map<string, { partition: number; start: number; end: number }[]>> {
  const spots = registry.topics.filter(({ spec }) => topics.has(spec.name)).flatMap(({ name, spec }) => Array.from({ length: spec.partitions }, (_, partition) => ({ topic: name, partition, of: spec.name })));
  const [starts, ends] = await Promise.all([cluster.offsets("start", spots), cluster.offsets("end", spots)]);
  return Map.groupBy(spots.map(({ of, partition }, i) => ({ of, partition, start: starts[i], end: ends[i] })), ({ of }) => of);
}
