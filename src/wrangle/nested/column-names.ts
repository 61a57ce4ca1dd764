/**
 * Names that differ, also for engines that do not tell upper from lower case. Each name goes to the first column that wants
 * it; the next ones get `_2`, `_3` and so on behind it, passing over what another column wants for itself.
 *
 * @param wanted - a name for each column, in order
 */
export function distinctNames(wanted: readonly string[]): string[] {
  const keys = wanted.map((name) => name.toLowerCase());
  const reserved = new Set(keys);
  const taken = new Set<string>();
  const next = new Map<string, number>();
  return wanted.map((name, i) => {
    const key = keys[i];
    if (!taken.has(key)) {
      taken.add(key);
      return name;
    }
    let n = next.get(key) ?? 2;
    while (reserved.has(`${key}_${n}`) || taken.has(`${key}_${n}`)) n += 1;
    next.set(key, n + 1);
    taken.add(`${key}_${n}`);
    return `${name}_${n}`;
  });
}
