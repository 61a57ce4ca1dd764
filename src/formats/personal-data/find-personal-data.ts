import type { TypeTally } from "../type-tally.ts";

export interface PersonalColumn {
  path: string[];
}
export function findPersonalData(_path: string[], _tally: TypeTally): PersonalColumn[] {
  return [];
}
