import type { BoundFilter, FilterColumn } from "./filter.ts";
import type { ComparableValue } from "./filter-value.ts";
import { compareComparable } from "./filter-value.ts";
import type { FileRecord } from "./manifest-file.ts";
import type { ManifestRef } from "./manifest-list.ts";
import type { PartitionColumn } from "./partition-spec.ts";
import { knownPartitionColumns } from "./partition-spec.ts";
import type { ColumnFacts } from "./prune-facts.ts";
import { allFacts, partitionFacts, statisticsFacts, summaryFacts } from "./prune-facts.ts";
import type { TableMetadata } from "./table-metadata.ts";

/*
 * What a filter can be for the rows of a file, found without a look at them. For each part of the filter the set of its
 * possible outcomes (true, false, null) follows from what is known of the column; sets are joined as SQL joins the
 * outcomes. The set is never too small, so a file is left out, or taken whole, only where that is certain.
 */

type Outcomes = number;
const isTrue = 1;
const isFalse = 2;
const isNull = 4;

type Facts = (column: FilterColumn) => ColumnFacts;

/** Tells which files a filter concerns, by their partitions, under whatever spec they were written, and their statistics. */
export class FilePruner {
  readonly #filter: BoundFilter;
  /** By spec and place in the partition: the field and its transform; undefined where that is not known. */
  readonly #partitions: Map<number, (PartitionColumn | undefined)[]>;

  constructor(metadata: TableMetadata, filter: BoundFilter) {
    this.#filter = filter;
    this.#partitions = new Map(metadata["partition-specs"].map((spec) => [spec["spec-id"], knownPartitionColumns(spec, metadata.schemas)]));
  }

  /** False where surely no row of any file that the manifest names is chosen. */
  mayHold({ specId, partitions }: ManifestRef): boolean {
    const columns = this.#partitions.get(specId) ?? [];
    const facts: Facts = ({ id }) => allFacts(columns.flatMap((column, i) => (column?.field["source-id"] === id ? [summaryFacts(column, partitions[i])] : [])));
    return (outcomesOf(this.#filter, facts) & isTrue) !== 0;
  }

  /** False where surely no row of the file is chosen. */
  mayMatch(file: FileRecord, specId: number): boolean {
    return (this.#outcomes(file, specId) & isTrue) !== 0;
  }

  /** True where surely all rows of the file are chosen. */
  allMatch(file: FileRecord, specId: number): boolean {
    return this.#outcomes(file, specId) === isTrue;
  }

  #outcomes(file: FileRecord, specId: number): Outcomes {
    const columns = this.#partitions.get(specId) ?? [];
    const facts: Facts = (column) => {
      const known = [statisticsFacts(column, file)];
      for (const [i, partition] of columns.entries()) if (partition?.field["source-id"] === column.id) known.push(partitionFacts(partition, file.partition[i]));
      return known.length === 1 ? known[0] : allFacts(known);
    };
    return outcomesOf(this.#filter, facts);
  }
}

function outcomesOf(filter: BoundFilter, facts: Facts): Outcomes {
  switch (filter.op) {
    case "and":
      return filter.filters.reduce<Outcomes>((outcomes, part) => both(outcomes, outcomesOf(part, facts)), isTrue);
    case "or":
      return negated(filter.filters.reduce<Outcomes>((outcomes, part) => both(outcomes, negated(outcomesOf(part, facts))), isTrue));
    case "not":
      return negated(outcomesOf(filter.filter, facts));
    case "is null": {
      const { nulls } = facts(filter.column);
      return nulls === "all" ? isTrue : nulls === "none" ? isFalse : isTrue | isFalse;
    }
    case "is nan": {
      // Only what is not NaN has an upper bound.
      const known = facts(filter.column);
      return withNulls(known, known.upper === undefined ? isTrue | isFalse : isFalse);
    }
    case "in": {
      const known = facts(filter.column);
      // SQL is asked for `false` where there is nothing to compare with, nulls or not.
      if (filter.values.length === 0) return isFalse;
      return withNulls(known, negated(filter.values.reduce<Outcomes>((outcomes, value) => both(outcomes, negated(equal(known, value))), isTrue)));
    }
    case "starts with":
      return ofValues(facts(filter.column), (known) => startsWith(known, filter.value as Buffer));
    case "=":
      return ofValues(facts(filter.column), (known) => equal(known, filter.value));
    case "!=":
      return ofValues(facts(filter.column), (known) => negated(equal(known, filter.value)));
    case "<":
      return ofValues(facts(filter.column), (known) => below(known, filter.value, 0));
    case "<=":
      return ofValues(facts(filter.column), (known) => below(known, filter.value, 1));
    case ">":
      return ofValues(facts(filter.column), (known) => negated(below(known, filter.value, 1)));
    case ">=":
      return ofValues(facts(filter.column), (known) => negated(below(known, filter.value, 0)));
  }
}

function ofValues(facts: ColumnFacts, outcomes: (facts: ColumnFacts) => Outcomes): Outcomes {
  return withNulls(facts, outcomes(facts));
}

/** @param outcomes - of the values that are not null */
function withNulls({ nulls }: ColumnFacts, outcomes: Outcomes): Outcomes {
  return nulls === "all" ? isNull : nulls === "none" ? outcomes : outcomes | isNull;
}

function equal(known: ColumnFacts, value: ComparableValue): Outcomes {
  const { lower } = known;
  const toLower = lower === undefined ? 1 : compareComparable(value, lower);
  if (toLower < 0) return isFalse;
  const { upper, bucket } = known;
  const toUpper = upper === undefined ? -1 : compareComparable(value, upper);
  if (toUpper > 0) return isFalse;
  if (lower !== undefined && upper !== undefined && toLower === 0 && toUpper === 0) return isTrue;
  if (bucket === undefined) return isTrue | isFalse;
  const number = bucket.of(value);
  return number < bucket.least || number > bucket.most ? isFalse : isTrue | isFalse;
}

/** @param most - the comparison's sign up to which, exclusive, a value counts as below: 0 for `<`, 1 for `<=` */
function below({ lower, upper }: ColumnFacts, value: ComparableValue, most: 0 | 1): Outcomes {
  const someMay = lower === undefined || compareComparable(lower, value) < most;
  const allAre = upper !== undefined && compareComparable(upper, value) < most;
  return allAre ? isTrue : someMay ? isTrue | isFalse : isFalse;
}

function startsWith({ lower, upper }: ColumnFacts, prefix: Buffer): Outcomes {
  const head = (bound: ComparableValue) => (bound as Buffer).subarray(0, prefix.length);
  if (upper !== undefined && compareComparable(upper, prefix) < 0) return isFalse;
  if (lower !== undefined && compareComparable(head(lower), prefix) > 0) return isFalse;
  return lower !== undefined && upper !== undefined && head(lower).equals(prefix) && head(upper).equals(prefix) ? isTrue : isTrue | isFalse;
}

/** SQL's `and`: false beats null, null beats true. */
function both(a: Outcomes, b: Outcomes): Outcomes {
  let outcomes = 0;
  if (a & isTrue && b & isTrue) outcomes |= isTrue;
  if ((a | b) & isFalse) outcomes |= isFalse;
  if ((a & isNull && b & (isNull | isTrue)) || (b & isNull && a & (isNull | isTrue))) outcomes |= isNull;
  return outcomes;
}

function negated(outcomes: Outcomes): Outcomes {
  return (outcomes & isTrue ? isFalse : 0) | (outcomes & isFalse ? isTrue : 0) | (outcomes & isNull);
}
