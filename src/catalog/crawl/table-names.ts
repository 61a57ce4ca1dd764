import { createHash } from "node:crypto";

const lengthMax = 80;

/**
 * The name of a table within its database, from the place of its files: the name of the folder, or of the file without its
 * endings; in small letters without accents; everything but `a-z`, `0-9` and `_` becomes one `_`.
 *
 * @param place - as `TableDraft.place` has it
 * @param ofTree - what a table of the whole tree is called
 */
export function nameOfPlace(place: string, ofTree: string): string {
  const path = place.replace(/ \([a-z]+(?: \d+)?\)$/, "");
  const isFile = !/[*/]$/.test(path);
  const names = path.replace(/\*$/, "").split("/").filter((name) => name !== "");
  const last = names.at(-1) ?? ofTree;
  return legalName(isFile ? withoutEndings(last) : last, place);
}

/** `orders.2024.csv.gz` is `orders.2024`: endings are what says how it is written. */
const withoutEndings = (name: string): string => name.replace(/(?:\.(?:gz|gzip|zst|zstd|zip|csv|tsv|tab|psv|txt|json|jsonl|ndjson|xml|xlsx|xlsm|parquet|pq|avro|log|dat|data))+$/i, "") || name;

/** A name that a table can have; of one without a letter that can stay, with a digest of where it comes from. */
export function legalName(text: string, place: string): string {
  const plain = text.normalize("NFKD").replace(/\p{M}/gu, "").toLowerCase().replace(/[^a-z0-9_]+/g, "_").replace(/^_+|_+$/g, "");
  return plain.slice(0, lengthMax) || `table_${digest(place)}`;
}

/**
 * A name for each place that has none yet, in the order given; one that is taken gets, in this order: the format behind it,
 * the folder above before it, a digest of its place behind it. Names that are given stay for ever.
 *
 * @param isTaken - whether another dataset of the database has the name
 */
export function nameTables(drafts: readonly { place: string; format: { kind: string } }[], ofTree: string, isTaken: (name: string) => boolean): string[] {
  const given = new Set<string>();
  return drafts.map(({ place, format }) => {
    const plain = nameOfPlace(place, ofTree);
    const above = place.split("/").filter((name) => name !== "" && name !== "*").at(-2);
    const candidates = [plain, `${plain}_${format.kind}`, legalName(`${above ?? ofTree}_${plain}`, place)];
    const free = candidates.find((name) => !given.has(name) && !isTaken(name)) ?? `${plain}_${digest(place)}`;
    given.add(free);
    return free;
  });
}

const digest = (text: string): string => createHash("sha256").update(text).digest("hex").slice(0, 8);
