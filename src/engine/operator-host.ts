import type { StageLog } from "../model/definition.ts";
import type { TopicDecl } from "../model/manifest.ts";
import type { SecretAccess } from "../model/secret.ts";

/** What every operator is given from outside: its surroundings, its clock, its chance. */
export interface OperatorHost {
  stage: string;
  release: string;
  /** Topics that the stage reads, by name. */
  inputs: Map<string, TopicDecl>;
  log: StageLog;
  signal: AbortSignal;
  secrets: SecretAccess;
  now(): number;
  random(): number;
  sleep(ms: number): Promise<void>;
}

/** Fields of a topic that read as absent rather than null. */
export function optionalFields(topic: TopicDecl | undefined): ReadonlySet<string> {
  return new Set(topic?.columns.filter((column) => column.optional).map((column) => column.name));
}
