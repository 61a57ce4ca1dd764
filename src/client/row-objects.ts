/** A result as it travels: columns, and rows as arrays in their order. */
export interface ResultRows {
  columns: readonly { name: string; type: string }[];
  rows: readonly (readonly unknown[])[];
}

/** Rows as objects. Of columns with the same name the later ones get a number: `n`, `n_2`. */
export function rowObjects({ columns, rows }: ResultRows): Record<string, unknown>[] {
  const names = uniqueNames(columns.map(({ name }) => name));
  return rows.map((row) => Object.fromEntries(names.map((name, i) => [name, row[i]])));
}

function uniqueNames(names: readonly string[]): string[] {
  const taken = new Set(names);
  const seen = new Set<string>();
  // Where counting goes on: of thousands of columns of one name each would else ask after all before it.
  const counts = new Map<string, number>();
  return names.map((name) => {
    let unique = name;
    let n = counts.get(name) ?? 2;
    while (seen.has(unique) || (unique !== name && taken.has(unique))) unique = `${name}_${n++}`;
    counts.set(name, n);
    seen.add(unique);
    return unique;
  });
}
