import type { Batch, Header } from "../../batch/batch.ts";
import { encodeBatch } from "../../batch/codec.ts";
import { headersAt } from "../../batch/rows.ts";
import { slice } from "../../batch/select.ts";
import { MillraceError } from "../../errors.ts";
import type { ValueFormat } from "../../model/value-format.ts";
import type { LaneMark, Output, TopicSpec } from "../driver.ts";
import { encodeAvro } from "./avro-encode.ts";
import { encodeJson } from "./json-encode.ts";
import type { RecordBatch, Slice } from "./record-batch.ts";
import { encodeHeaders, RecordBatchWriter, whole } from "./record-batch.ts";
import { avroSchemas, columnsSchema, type NamedSchema } from "./record-schemas.ts";
import type { EncodedValues } from "./values.ts";

/*
 * One record of ours is one record of Kafka: its key as text, its value as JSON or in Avro's binary form, its event time as
 * the timestamp, its headers. What else belongs to it stands in headers that begin with `mr.log.`, which no one else's may.
 *
 * Columnar: what is written as one batch is as many records of Kafka, so that offsets count records here as everywhere. The
 * first one's value holds all of them; the others have a time, by which Kafka finds them, and hold their place.
 */

/** On the first record of what was written as one batch; in compacted topics on each, since any of them may be removed. */
export const schemaHeader = "mr.log.schema";
/** On each record in Avro: by which schema its value is read. Producers that are not ours name it too. */
export const avroHeader = "mr.schema";
/** On the first record of what was written as one batch: its value holds all of them, in the form whose version this is. */
export const columnsHeader = "mr.log.columns";
export const columnsVersion = "1";
/** On the first record of what was written as one batch: when, milliseconds since 1970. */
export const appendedHeader = "mr.log.at";
/** The event time, where Kafka's timestamp cannot say it: before 1970, or a part of a millisecond. */
export const timeHeader = "mr.log.time";
/** On the last record of a batch: the mark that was written with it. */
export const markHeader = "mr.log.mark";
/** A record without a value that is a mark and nothing else. */
export const markerHeader = "mr.log.marker";
/**
 * On each record that has one of the others: the topic of which they speak. Programs that hand headers on, as Kafka Streams does
 * without being asked to, bring them into other topics, where they mean nothing.
 */
export const topicHeader = "mr.log.topic";
/** Names that begin so are the log's own. */
export const reserved = "mr.log.";

/** Larger batches are cut. Topics that we make take batches of up to `topicBytesMax`. */
const batchBytesMax = 32 * 1024 * 1024;
/** Around a value: lengths, times, a short key. */
const frameBytes = 24;
/** Of a record that holds a place. */
const placeBytes = 12;
export const topicBytesMax = 72 * 1024 * 1024;

export interface EncodedOutputs {
  batches: RecordBatch[];
  /** For each output, where its first record stands: which batch, and which record of it. Undefined: it has none. */
  firsts: ({ batch: number; record: number } | undefined)[];
  /** By what they are read. Others must be able to look it up before they see a record. */
  schemas: NamedSchema[];
}

export interface EncodeOptions {
  spec: Pick<TopicSpec, "name" | "decl" | "compact">;
  values: ValueFormat;
  nowMs: number;
}

/**
 * What is written to one partition, one output behind the other.
 *
 * @throws MillraceError `MR-LOG-011` when a record has a header of a reserved name, or no form in Avro
 */
export function encodeOutputs(outputs: readonly Output[], options: EncodeOptions): EncodedOutputs {
  const encoder = new Encoder(options);
  const firsts = outputs.map((output) => {
    const before = encoder.spot();
    const wrote = encoder.add(output);
    return wrote ? before : undefined;
  });
  return { batches: encoder.finish(), firsts, schemas: [...encoder.schemas] };
}

interface RecordValues {
  values: EncodedValues;
  schema: Header;
  /** What stands on each record. */
  each: Header[];
}

class Encoder {
  readonly #options: EncodeOptions;
  readonly #batches: RecordBatch[] = [];
  readonly schemas = new Set<NamedSchema>();
  readonly #topic: Header;
  #writer = new RecordBatchWriter();

  constructor(options: EncodeOptions) {
    this.#options = options;
    this.#topic = [topicHeader, options.spec.name];
  }

  spot(): { batch: number; record: number } {
    return { batch: this.#batches.length, record: this.#writer.count };
  }

  /** @returns false when there is nothing to write */
  add({ batch, mark }: Output): boolean {
    if (batch && batch.count > 0) this.#addBatch(batch, mark && [markHeader, JSON.stringify(mark)]);
    else if (mark) this.#addMarker(mark);
    else return false;
    return true;
  }

  /** A record of no value. It has a time, without which Kafka Streams would stop at it: that of the records it speaks of, beside which it is removed. */
  #addMarker(mark: LaneMark): void {
    const time = Math.floor(Math.min(Math.max(mark.watermark ?? 0, 0), this.#options.nowMs));
    this.#writer.add(time, this.#options.spec.compact ? textSlice(`${markerHeader}:${mark.lane}`) : undefined, undefined, encodeHeaders([this.#topic, [markerHeader, JSON.stringify(mark)]]));
  }

  #addBatch(batch: Batch, mark: Header | undefined): void {
    switch (this.#options.values) {
      case "columnar":
        return this.#addColumns(batch, mark);
      case "avro":
        return this.#addAvro(batch, mark);
      case "json": {
        const schema = columnsSchema(batch);
        this.schemas.add(schema);
        return this.#addRecords(batch, { values: encodeJson(batch), schema: [schemaHeader, schema.id], each: [] }, mark);
      }
    }
  }

  #addAvro(batch: Batch, mark: Header | undefined): void {
    const { spec } = this.#options;
    for (const schema of avroSchemas(batch, spec)) {
      const values = encodeAvro(batch, schema.schema);
      if (!values) continue;
      this.schemas.add(schema);
      return this.#addRecords(batch, { values, schema: [schemaHeader, schema.id], each: [[avroHeader, schema.id]] }, mark);
    }
    throw new MillraceError("MR-LOG-011", { what: "a record holds a whole number beyond 2 ** 53", where: `topic "${spec.name}"`, mend: "write it as text" });
  }

  #addRecords(batch: Batch, { values, schema, each }: RecordValues, mark: Header | undefined): void {
    const { count, eventTime, tombstones, keys } = batch;
    const { spec: { compact }, nowMs } = this.#options;
    const keyAt = keys && keySlices(keys);
    const value: Slice = { bytes: values.bytes, start: 0, end: 0 };
    this.#writer.expect(Math.min(values.bytes.byteLength + count * frameBytes, batchBytesMax));
    const lead: Header[] = [schema, [appendedHeader, String(nowMs)]];
    const usual = each.length > 0 ? encodeHeaders(each) : undefined;
    for (let i = 0; i < count; i++) {
      value.start = value.end;
      value.end = values.ends[i];
      const begins = i === 0 || this.#cut(value.end - value.start);
      const time = eventTime[i];
      const kafkaTime = time >= 0 ? Math.floor(time) : 0;
      const own = batch.headers ? userHeaders(batch, i) : undefined;
      const extra = begins || compact || kafkaTime !== time || own !== undefined || (mark !== undefined && i === count - 1);
      let headers = usual;
      if (extra) {
        const logs: Header[] = begins ? [...lead] : compact ? [schema] : [];
        if (kafkaTime !== time || Object.is(time, -0)) logs.push([timeHeader, String(time)]);
        if (mark && i === count - 1) logs.push(mark);
        headers = encodeHeaders([...(own ?? []), ...each, ...this.#named(logs)]);
      }
      this.#writer.add(kafkaTime, keyAt?.(i), tombstones?.[i] === 1 ? undefined : value, headers);
    }
  }

  /** All that a record is stands in the columns; outside of them its place and its time. */
  #addColumns(batch: Batch, mark: Header | undefined): void {
    const { count, eventTime } = batch;
    const columns = encodeBatch(batch);
    if (columns.byteLength > batchBytesMax && count > 1) {
      const half = count >>> 1;
      this.#addColumns(slice(batch, 0, half), undefined);
      return this.#addColumns(slice(batch, half), mark);
    }
    if (batch.headers) for (let i = 0; i < count; i++) userHeaders(batch, i);
    this.#cut(columns.byteLength);
    this.#writer.expect(columns.byteLength + count * placeBytes);
    const lead: Header[] = [[columnsHeader, columnsVersion], [appendedHeader, String(this.#options.nowMs)]];
    for (let i = 0; i < count; i++) {
      const headers = this.#named([...(i === 0 ? lead : []), ...(mark && i === count - 1 ? [mark] : [])]);
      this.#writer.add(eventTime[i] >= 0 ? Math.floor(eventTime[i]) : 0, undefined, i === 0 ? whole(columns) : undefined, headers.length > 0 ? encodeHeaders(headers) : undefined);
    }
  }

  #named(headers: Header[]): Header[] {
    return headers.length > 0 ? [this.#topic, ...headers] : headers;
  }

  /** Begins another batch when this one has become too large. */
  #cut(more: number): boolean {
    if (this.#writer.count === 0 || this.#writer.bytes + more < batchBytesMax) return false;
    this.#batches.push(this.#writer.finish());
    this.#writer = new RecordBatchWriter();
    return true;
  }

  finish(): RecordBatch[] {
    if (this.#writer.count > 0) this.#batches.push(this.#writer.finish());
    return this.#batches;
  }
}

function keySlices({ codes, dictionary, valid }: NonNullable<Batch["keys"]>): (index: number) => Slice | undefined {
  const { blob, ends } = dictionary.utf8;
  const slice: Slice = { bytes: blob, start: 0, end: 0 };
  return (i) => {
    if (valid && valid[i] === 0) return undefined;
    const code = codes[i];
    slice.start = code === 0 ? 0 : ends[code - 1];
    slice.end = ends[code];
    return slice;
  };
}

function userHeaders(batch: Batch, index: number): Header[] | undefined {
  const headers = headersAt(batch, index);
  if (headers.length === 0) return undefined;
  const taken = headers.find(([name]) => name.startsWith(reserved) || name === avroHeader);
  if (!taken) return headers;
  throw new MillraceError("MR-LOG-011", { what: `a record has the header "${taken[0]}"; "${avroHeader}" and names that begin with "${reserved}" are the log's own`, where: "a write to Kafka", mend: "give the header another name" });
}

function textSlice(text: string): Slice {
  const bytes = Buffer.from(text, "utf8");
  return { bytes, start: 0, end: bytes.byteLength };
}
