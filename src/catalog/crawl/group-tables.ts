import type { FileFormat } from "../../formats/file-format.ts";
import { type InferredField, mergeFields } from "../../formats/inferred-type.ts";
import type { Recognition } from "../../formats/recognise.ts";
import type { TreeFile } from "../file-tree.ts";
import { mergeFormats } from "./merge-format.ts";
import { distinctMax, likeness, schemaOf, similarityMin } from "./schema-similarity.ts";

export interface RecognisedFile extends TreeFile {
  found: Recognition;
}

/** Files that are to be one table. */
export interface TableDraft {
  /**
   * What the table is made of, relative to the tree: `orders/` for a folder with all below it, `orders/*` for the files
   * directly in it, `orders/old.csv` for a file.
   */
  place: string;
  /** The folder whose inner folders are partitions, with a slash at its end and empty for the tree itself; or the one file. */
  base: string;
  format: FileFormat;
  /** Of all files together. */
  fields: InferredField[];
  files: RecognisedFile[];
  /** The rules that made it, in words. */
  why: string[];
}

export interface GroupRules {
  /** Folders at this level are tables, whatever is in them; the tree itself is level 1. */
  tableLevel?: number;
  /** Similarity is not asked for: what can be read as one table is one. */
  combine: boolean;
}

/**
 * Makes tables of files, as Glue does. Files of a folder are one table when they have one format and similar schemas; else
 * each is a table of its own. Folders below a folder are partitions of one table when all of them are such tables, of one
 * format, similar, with at most five distinct schemas; else each is a table of its own.
 *
 * @param files - in the order of their paths
 */
export function groupTables(files: readonly RecognisedFile[], rules: GroupRules): TableDraft[] {
  return withPlacesOfTheirOwn(draftsOf(folderOf(files), 1, rules));
}

interface Folder {
  /** Empty for the tree itself, else with a slash at its end. */
  path: string;
  files: RecognisedFile[];
  folders: Map<string, Folder>;
}

function folderOf(files: readonly RecognisedFile[]): Folder {
  const root: Folder = { path: "", files: [], folders: new Map() };
  for (const file of files) {
    let folder = root;
    for (const name of file.path.split("/").slice(0, -1)) {
      let inner = folder.folders.get(name);
      if (!inner) folder.folders.set(name, (inner = { path: `${folder.path}${name}/`, files: [], folders: new Map() }));
      folder = inner;
    }
    folder.files.push(file);
  }
  return root;
}

function draftsOf(folder: Folder, level: number, rules: GroupRules): TableDraft[] {
  if (level === rules.tableLevel) return wholeFolder(folder, level);
  const below = [...folder.folders.values()].map((inner) => draftsOf(inner, level + 1, rules));
  const partitions = level < (rules.tableLevel ?? 0) ? undefined : asPartitions(folder, below, rules);
  const own = ownTables(folder, rules);
  if (!partitions) return [...own, ...below.flat()];
  const all = own.length === 1 && own[0].place.endsWith("*") ? asOne(folder.path, [own[0], partitions], rules, "the files beside them") : undefined;
  return all ? [all] : [...own, partitions];
}

/** All that a table's level has below it: one table for each format. */
function wholeFolder(folder: Folder, level: number): TableDraft[] {
  const why = [`folders of level ${level} are tables`];
  return byFormat(filesBelow(folder)).map(({ format, files }) => ({ place: folder.path || "/", base: folder.path, format, fields: fieldsOf(files), files, why }));
}

function filesBelow({ files, folders }: Folder): RecognisedFile[] {
  return [...files, ...[...folders.values()].flatMap(filesBelow)];
}

/** A name that tells which part of the whole it is, rather than what it is. */
const isPartitionName = (name: string): boolean => name.includes("=") || /^\d[\d._T-]*$/.test(name);

function asPartitions(folder: Folder, below: readonly TableDraft[][], rules: GroupRules): TableDraft | undefined {
  if (below.length === 0 || !below.every((drafts) => drafts.length === 1 && drafts[0].place.endsWith("/"))) return undefined;
  // One folder alone is a part of a table only where its name says so: others will stand beside it.
  if (below.length === 1 && ![...folder.folders.keys()].every(isPartitionName)) return undefined;
  return asOne(folder.path, below.flat(), rules, `${below.length} ${below.length === 1 ? "folder" : "folders"} below`);
}

function asOne(path: string, drafts: readonly TableDraft[], { combine }: GroupRules, what: string): TableDraft | undefined {
  const format = commonFormat(drafts.map((draft) => draft.format));
  if (!format) return undefined;
  const fields = () => drafts.map((draft) => draft.fields).reduce(mergeFields);
  const made = { place: path || "/", base: path, format, files: drafts.flatMap(({ files }) => files).sort((a, b) => (a.path < b.path ? -1 : 1)) };
  if (combine) {
    if (!areCompatible(drafts.map((draft) => draft.fields))) return undefined;
    return { ...made, fields: fields(), why: [`${what} are combined: one format (${format.kind}), and no column's types conflict`] };
  }
  const { least, distinct } = likeness(drafts.map((draft) => schemaOf(draft.fields)));
  if (least <= similarityMin || distinct > distinctMax) return undefined;
  return { ...made, fields: fields(), why: [`${what} agree: one format (${format.kind}), least similarity ${rounded(least)} (above ${similarityMin}), ${distinct} distinct ${distinct === 1 ? "schema" : "schemas"} (at most ${distinctMax})`] };
}

/** Tables of the files that lie directly in a folder. */
function ownTables({ path, files, folders }: Folder, { combine }: GroupRules): TableDraft[] {
  const formats = byFormat(files);
  // A lone file in the tree itself has a name of its own; the tree's says nothing of it.
  const alone = formats.length === 1 && (files.length > 1 || path !== "");
  const place = folders.size === 0 && formats.length === 1 ? path || "/" : `${path}*`;
  return formats.flatMap(({ format, files: same }) => {
    const { least } = likeness(same.map(({ found }) => schemaOf(found.fields)));
    const agree = combine ? areCompatible(same.map(({ found }) => found.fields)) : least > similarityMin;
    if (agree && (alone || same.length > 1)) {
      const why = same.length === 1 ? "the one file of its folder" : `${same.length} files of a folder ${combine ? "are combined" : "agree"}: one format (${format.kind}), least similarity ${rounded(least)}`;
      return [{ place, base: path, format, fields: fieldsOf(same), files: same, why: [why] }];
    }
    const why = agree ? "the one file of its format in its folder" : `the ${same.length} files of its format in its folder differ: least similarity ${rounded(least)} (not above ${similarityMin})`;
    return same.map((file) => ({ place: file.path, base: file.path, format: file.found.format, fields: file.found.fields, files: [file], why: [why] }));
  });
}

/** Tables of several formats may have one place: all but the first say which one they are. */
function withPlacesOfTheirOwn(drafts: readonly TableDraft[]): TableDraft[] {
  const taken = new Set<string>();
  return drafts.map((draft) => {
    let place = draft.place;
    for (let n = 1; taken.has(place); n++) place = `${draft.place} (${draft.format.kind}${n > 1 ? ` ${n}` : ""})`;
    taken.add(place);
    return place === draft.place ? draft : { ...draft, place };
  });
}

/** Files that one format reads are together; in the order of the first of each. */
function byFormat(files: readonly RecognisedFile[]): { format: FileFormat; files: RecognisedFile[] }[] {
  const groups: { format: FileFormat; files: RecognisedFile[] }[] = [];
  for (const file of files) {
    const group = groups.find((each) => mergeFormats(each.format, file.found.format) !== undefined);
    if (group) {
      group.format = mergeFormats(group.format, file.found.format) as FileFormat;
      group.files.push(file);
    } else groups.push({ format: file.found.format, files: [file] });
  }
  return groups;
}

function commonFormat(formats: readonly FileFormat[]): FileFormat | undefined {
  return formats.reduce<FileFormat | undefined>((common, format) => common && mergeFormats(common, format), formats[0]);
}

function fieldsOf(files: readonly RecognisedFile[]): InferredField[] {
  return files.map(({ found }) => found.fields).reduce(mergeFields, [] as InferredField[]);
}

/** Whether no column comes to be a choice that is none in its file. */
function areCompatible(all: readonly (readonly InferredField[])[]): boolean {
  const choices = new Set(all.flatMap((fields) => fields.filter(({ type }) => type.kind === "choice").map(({ name }) => name)));
  return all.reduce<InferredField[]>(mergeFields, []).every(({ name, type }) => type.kind !== "choice" || choices.has(name));
}

const rounded = (share: number): number => Math.floor(share * 100) / 100;
