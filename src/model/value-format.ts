import type { TopicDecl } from "./manifest.ts";

/**
 * How values of records stand on a log that others can read too. `json`: an object as any client reads it. `avro`: Avro's
 * binary form. `columnar`: many records in one piece, as Millrace itself holds them, which nobody else reads.
 */
export type ValueFormat = "json" | "avro" | "columnar";

export const valueFormats: readonly ValueFormat[] = ["json", "avro", "columnar"];

/** Which topics have which format. */
export interface TopicFormats {
  default: ValueFormat;
  /** By name of the topic, where it is not the default. */
  topics: Record<string, ValueFormat>;
}

/**
 * The format of a topic's values. What a stage puts aside stays JSON: it may be anything, and people look at it. So does what
 * is compacted, where the default is columnar: there each record stands for itself.
 */
export function formatOf({ name, decl, compact }: { name: string; decl?: Pick<TopicDecl, "internal">; compact?: boolean }, formats: TopicFormats | undefined): ValueFormat {
  if (!formats) return "json";
  if (Object.hasOwn(formats.topics, name)) return formats.topics[name];
  if (decl?.internal !== undefined && decl.internal !== "feed") return "json";
  return compact && formats.default === "columnar" ? "json" : formats.default;
}
