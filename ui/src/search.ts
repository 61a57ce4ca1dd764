type Raw = Record<string, unknown>;

/** A reader of the search part of an address: what is not a text of these, or of the pattern, is as if it were not there. */
export const texts =
  <const Name extends string>(...names: Name[]) =>
  (raw: Raw): Partial<Record<Name, string>> =>
    Object.fromEntries(names.flatMap((name) => (["string", "number", "boolean"].includes(typeof raw[name]) ? [[name, String(raw[name])]] : []))) as Partial<Record<Name, string>>;
