import { asMillraceError, MillraceError } from "../errors.ts";
import { declaredAvro } from "./avro-schema.ts";
import type { Manifest, Problem, TopicDecl } from "./manifest.ts";
import { nearest } from "./names.ts";
import { formatOf, type TopicFormats, type ValueFormat } from "./value-format.ts";

/** What stands against the formats in which a project's topics are to be written. */
export function formatProblems({ topics }: Pick<Manifest, "topics">, formats: TopicFormats): Problem[] {
  const unknown = Object.keys(formats.topics).filter((name) => !Object.hasOwn(topics, name));
  return [
    ...unknown.map((name) => problem(noTopic(name, Object.keys(topics)))),
    ...Object.values(topics).flatMap((decl): Problem[] => {
      try {
        requireFormat(decl, formatOf({ name: decl.name, decl, compact: decl.compact }, formats));
        return [];
      } catch (error) {
        return [problem(asMillraceError(error, `topic "${decl.name}"`), decl)];
      }
    }),
  ];
}

/** @throws MillraceError `MR-MODEL-015` when records of the topic cannot be written so */
export function requireFormat(topic: Pick<TopicDecl, "name" | "columns" | "schema" | "compact">, format: ValueFormat): void {
  if (format === "avro") declaredAvro(topic);
  if (format !== "columnar" || !topic.compact) return;
  throw new MillraceError("MR-MODEL-015", { what: "it is compacted, where each record stands for itself, and columnar records stand together", where: `topic "${topic.name}"`, mend: 'write its values as "json" or "avro"' });
}

function noTopic(name: string, topics: string[]): MillraceError {
  const near = nearest(name, topics);
  return new MillraceError("MR-MODEL-004", { what: `the format of topic "${name}" is set, and there is none of that name`, where: "millrace.config, profile, log, values", mend: near === undefined ? "name a topic of the project, or leave it out" : `write "${near}"` });
}

const problem = (error: MillraceError, decl?: TopicDecl): Problem => ({ ...error.toJSON(), file: decl?.declaredAt?.split(":")[0] ?? "millrace.config" });
