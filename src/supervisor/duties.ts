import type { Kind } from "../scheduler/lease-keeper.ts";

/** Something that is done again and again, and for all control planes of a project by one of them. */
export interface Duty {
  begin(): void;
  /** Ends after the step under way. It may be begun again. */
  rest(): Promise<void>;
}

/** Each duty is one plane's at a time. Where that one ends or dies, another begins with it. */
export function dutyKind(duties: Readonly<Record<string, Duty>>): Kind {
  const keyOf = (name: string): string => `duty ${name}`;
  const byKey = new Map(Object.entries(duties).map(([name, duty]) => [keyOf(name), duty]));
  const rest = async (key: string): Promise<void> => byKey.get(key)?.rest();
  return {
    keys: [...byKey.keys()],
    take: async ({ key }) => byKey.get(key)?.begin(),
    part: ({ key }) => rest(key),
    // All that they write is a swap, or may be written twice: what is under way harms nobody.
    lose: ({ key }) => rest(key),
  };
}
