const lengthMax = 120;

/**
 * Names that a table can have, from those that a file has, in one rule: characters as they are (NFC), without control
 * characters, invisible ones and blanks at the ends; an empty name becomes `column_` and its place, counted from 1; a long one
 * is cut after 120 characters; one that is taken, whatever the case of its letters, gets `_2`, `_3`, ….
 */
export function columnNames(names: readonly (string | null)[]): string[] {
  const taken = new Set<string>();
  return names.map((name, i) => {
    const wanted = tidyName(name ?? "") || `column_${i + 1}`;
    let free = wanted;
    for (let n = 2; taken.has(free.toLowerCase()); n++) free = `${wanted}_${n}`;
    taken.add(free.toLowerCase());
    return free;
  });
}

function tidyName(name: string): string {
  const visible = name.normalize("NFC").replace(/[\p{Cc}\u2028\u2029]+/gu, " ").replace(/\p{Cf}|\p{Cs}|\uFFFF/gu, "");
  return visible.trim().slice(0, lengthMax).trim();
}

/** Whether names can be the fields of one struct as they stand. */
export function areLegal(names: readonly string[]): boolean {
  return columnNames(names).every((name, i) => name === names[i]);
}
