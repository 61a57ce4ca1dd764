import { createHash } from "node:crypto";
import type { Batch } from "../../batch/batch.ts";
import { type AvroRecord, declaredAvro, wideAvro } from "../../model/avro-schema.ts";
import type { Column, TopicDecl } from "../../model/manifest.ts";
import type { TopicSpec } from "../driver.ts";

/** By what values are read: the columns behind JSON, or Avro's schema. */
export type RecordSchema = Column[] | AvroRecord;

/** A schema under the id by which headers name it. One id is one schema, whoever asks. */
export interface NamedSchema<S extends RecordSchema = RecordSchema> {
  id: string;
  schema: S;
}

export const isAvro = (schema: RecordSchema): schema is AvroRecord => !Array.isArray(schema);

/** The columns of a batch. A column's nulls differ from batch to batch; its name and type do not. */
export function columnsSchema({ columns }: Batch): NamedSchema {
  return kept(signatureOf(columns), (text) => ({ id: idOf(text), schema: columns.map(({ name, type }) => ({ name, type, nullable: true })) }));
}

/** What the records of a topic are by its declaration; undefined without one. @throws MillraceError `MR-MODEL-015` */
export function declaredSchema({ decl }: Pick<TopicSpec, "decl">): NamedSchema<AvroRecord> | undefined {
  if (!decl) return undefined;
  let named = declared.get(decl);
  if (!named) declared.set(decl, (named = namedAvro(declaredAvro(decl))));
  return named;
}

/** The schemas of Avro by which a batch may be written, the one of the declaration first. Into the last one all values fit. */
export function avroSchemas(batch: Batch, spec: Pick<TopicSpec, "name" | "decl">): NamedSchema<AvroRecord>[] {
  const signature = signatureOf(batch.columns);
  const wide = kept(`${spec.name} ${signature}`, () => namedAvro(wideAvro(spec.name, batch.columns)));
  const own = spec.decl && signatureOf(spec.decl.columns) === signature ? declaredSchema(spec) : undefined;
  return own ? [own, wide] : [wide];
}

const signatureOf = (columns: readonly Pick<Column, "name" | "type">[]): string => JSON.stringify(columns.map(({ name, type }) => [name, type]));

const idOf = (text: string): string => createHash("sha256").update(text).digest("hex").slice(0, 16);

const namedAvro = (schema: AvroRecord): NamedSchema<AvroRecord> => ({ id: idOf(JSON.stringify(schema)), schema });

const declared = new WeakMap<TopicDecl, NamedSchema<AvroRecord>>();
const cache = new Map<string, NamedSchema>();
const cacheMax = 1_000;

/** Batches of one writer come with the same columns over and over. */
function kept<S extends RecordSchema>(key: string, make: (key: string) => NamedSchema<S>): NamedSchema<S> {
  let named = cache.get(key) as NamedSchema<S> | undefined;
  if (!named) {
    if (cache.size >= cacheMax) cache.clear();
    cache.set(key, (named = make(key)));
  }
  return named;
}
