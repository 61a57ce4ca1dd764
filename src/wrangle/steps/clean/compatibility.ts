import { sqlText } from "../../../lake/duckdb.ts";

/*
 * Unicode's form NFKC in SQL. The engine has NFC alone, and what the other adds to it is a table: 3,800 characters that stand
 * for others. It goes along as two constants, and texts that have none of its characters are not taken apart.
 */

/** Where such characters are; NFC itself does with the rest of those that are left out here. */
const blocks = [[0xa0, 0xabff], [0xf900, 0xffff], [0x10780, 0x107bf], [0x1ccd6, 0x1ccf9], [0x1d400, 0x1d7ff], [0x1e030, 0x1e06d], [0x1ee00, 0x1eeff], [0x1f100, 0x1f2ff], [0x1fbf0, 0x1fbf9]];

/** Of the private use area: it stands for itself, and so in no entry. */
const separator = "\ue000";

let made: { class: string; entries: string } | undefined;

/** SQL of a text in the form NFKC. */
export function nfkcSql(value: string): string {
  made ??= table();
  const parts = `(select unnest(string_split(${value}, '')) as part, unnest(generate_series(1, length(${value}))) as place where regexp_matches(${value}, ${made.class}))`;
  const replaced = `(select string_agg(coalesce("_new".by, "_old".part), '' order by "_old".place) from ${parts} as "_old" left join ${made.entries} as "_new" on "_new".find = "_old".part)`;
  return `nfc_normalize(case when regexp_matches(${value}, ${made.class}) then ${replaced} else ${value} end)`;
}

function table(): { class: string; entries: string } {
  const points = compatibilityPoints();
  const list = (texts: readonly string[]): string => `unnest(string_split(${sqlText(texts.join(separator))}, ${sqlText(separator)}))`;
  const characters = points.map((point) => String.fromCodePoint(point));
  return { class: sqlText(`[${rangesOf(points).map(([first, last]) => `\\x{${first.toString(16)}}-\\x{${last.toString(16)}}`).join("")}]`), entries: `(select ${list(characters)} as find, ${list(characters.map((each) => each.normalize("NFKC")))} as by)` };
}

/** Characters that are others in NFKC than in NFC, by what this process knows of Unicode. */
export function compatibilityPoints(): number[] {
  const all = blocks.flatMap(([first, last]) => Array.from({ length: last - first + 1 }, (_, i) => first + i));
  return all.filter((point) => String.fromCodePoint(point).normalize("NFKC") !== String.fromCodePoint(point).normalize("NFC"));
}

function rangesOf(points: readonly number[]): [first: number, last: number][] {
  const ranges: [number, number][] = [];
  for (const point of points) {
    const range = ranges.at(-1);
    if (range?.[1] === point - 1) range[1] = point;
    else ranges.push([point, point]);
  }
  return ranges;
}
