import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { crc32, deflateRawSync } from "node:zlib";
import { mkdirSync } from "node:fs";
import { type DuckDBConnection, DuckDBInstance } from "@duckdb/node-api";
import { afterAll, beforeAll } from "vitest";
import { withFile } from "./file-source.ts";
import { type Recognition, type RecogniseOptions, recogniseFile } from "./recognise.ts";
import { relationOver } from "./relation-sql.ts";

/** A folder that goes with the tests of a file, and a DuckDB without network or extensions. */
export function formatsForTests() {
  let root = "";
  let instance: DuckDBInstance;
  let connection: DuckDBConnection;
  beforeAll(async () => {
    root = mkdtempSync(join(tmpdir(), "millrace-formats-"));
    instance = await DuckDBInstance.create(":memory:", { threads: "1", autoload_known_extensions: "false", autoinstall_known_extensions: "false" });
    connection = await instance.connect();
    await connection.run("SET TimeZone = 'UTC'");
  });
  afterAll(() => {
    connection.closeSync();
    instance.closeSync();
    rmSync(root, { recursive: true, force: true });
  });
  const write = (name: string, content: string | Uint8Array): string => {
    const path = join(root, name);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, content);
    return path;
  };
  const query = async (sql: string): Promise<Record<string, unknown>[]> => (await connection.runAndReadAll(sql)).getRowObjectsJson();
  const recognise = (path: string, options?: RecogniseOptions): Promise<Recognition> => withFile(path, (source) => recogniseFile(source, options));
  return {
    write,
    query,
    recognise,
    folder: () => root,
    connection: () => connection,
    /** Recognises a file, and reads it as it was recognised. */
    async read(path: string, options?: RecogniseOptions) {
      const found = await recognise(path, options);
      const relation = await relationOver(connection, [path], found.format, found.fields, join(root, "prepared"));
      return { ...found, relation, rows: await query(relation.sql), quarantine: await query(relation.quarantineSql) };
    },
  };
}

/** An archive of members, as any program writes it. */
export function zipOf(members: Record<string, string | Uint8Array>): Buffer {
  const parts: Buffer[] = [];
  const directory: Buffer[] = [];
  let at = 0;
  for (const [name, content] of Object.entries(members)) {
    const bytes = Buffer.from(content as string);
    const packed = deflateRawSync(bytes);
    const common = Buffer.alloc(26);
    common.writeUInt16LE(20, 0);
    common.writeUInt16LE(0x0800, 2);
    common.writeUInt16LE(8, 4);
    common.writeUInt32LE(crc32(bytes), 10);
    common.writeUInt32LE(packed.length, 14);
    common.writeUInt32LE(bytes.length, 18);
    common.writeUInt16LE(Buffer.byteLength(name), 22);
    const local = Buffer.concat([Buffer.from("PK\u0003\u0004"), common, Buffer.from(name), packed]);
    const tail = Buffer.alloc(14);
    tail.writeUInt32LE(at, 10);
    directory.push(Buffer.concat([Buffer.from("PK\u0001\u0002\u0014\u0000", "latin1"), common, tail, Buffer.from(name)]));
    parts.push(local);
    at += local.length;
  }
  const entries = Buffer.concat(directory);
  const end = Buffer.alloc(22);
  end.write("PK\u0005\u0006", "latin1");
  end.writeUInt16LE(directory.length, 8);
  end.writeUInt16LE(directory.length, 10);
  end.writeUInt32LE(entries.length, 12);
  end.writeUInt32LE(at, 16);
  return Buffer.concat([...parts, entries, end]);
}

/** A workbook with one sheet; times are given as `{ serial }`. */
export function workbookOf(rows: (string | number | boolean | null | { serial: number })[][], firstRow = 1): Buffer {
  const cell = (value: (typeof rows)[number][number], row: number, column: number): string => {
    const at = `${String.fromCharCode(65 + column)}${row}`;
    if (value === null) return "";
    if (typeof value === "string") return `<c r="${at}" t="inlineStr"><is><t>${value.replaceAll("&", "&amp;").replaceAll("<", "&lt;")}</t></is></c>`;
    if (typeof value === "boolean") return `<c r="${at}" t="b"><v>${value ? 1 : 0}</v></c>`;
    return typeof value === "number" ? `<c r="${at}"><v>${value}</v></c>` : `<c r="${at}" s="1"><v>${value.serial}</v></c>`;
  };
  const lines = rows.map((cells, i) => `<row r="${firstRow + i}">${cells.map((value, column) => cell(value, firstRow + i, column)).join("")}</row>`);
  const main = 'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"';
  return zipOf({
    "[Content_Types].xml": "<Types/>",
    "xl/workbook.xml": `<workbook ${main} xmlns:r="urn:r"><sheets><sheet name="Data &amp; more" sheetId="1" r:id="rId1"/></sheets></workbook>`,
    "xl/_rels/workbook.xml.rels": '<Relationships><Relationship Id="rId1" Target="worksheets/sheet1.xml"/></Relationships>',
    "xl/styles.xml": `<styleSheet ${main}><cellXfs><xf numFmtId="0"/><xf numFmtId="14"/></cellXfs></styleSheet>`,
    "xl/worksheets/sheet1.xml": `<worksheet ${main}><sheetData>${lines.join("")}</sheetData></worksheet>`,
  });
}
