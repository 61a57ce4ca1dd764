import type { SqlSearch } from "./search.ts";

const lastKey = "millrace.sql";
const hereKey = "millrace.sql.here";
/** Addresses of this window whose texts are kept. */
const keptMax = 10;

/** What was written into the editor and stands in no address. */
export interface Draft {
  text: string;
  /** Of the saved query that it was made of. */
  version?: number;
}

type Named = Pick<SqlSearch, "run" | "saved">;

const keyOf = ({ run = "", saved = "" }: Named): string => `${saved} ${run}`;

/** What was in the editor last, in this browser. */
export const lastText = {
  read: (): string => localStorage.getItem(lastKey) ?? "",
  keep: (text: string): void => kept(() => localStorage.setItem(lastKey, text)),
};

/**
 * Texts too long for the address, by what the address names instead, in this window alone: whoever loads the page anew or comes
 * back has them; whoever follows the same link sees what it names.
 */
export const drafts = {
  of: (named: Named): Draft | undefined => new Map(read()).get(keyOf(named)),
  keep: (named: Named, draft: Draft | undefined): void => {
    const others = read().filter(([key]) => key !== keyOf(named));
    const all = draft === undefined ? others : [...others, [keyOf(named), draft] as const];
    kept(() => sessionStorage.setItem(hereKey, JSON.stringify(all.slice(-keptMax))));
  },
};

function read(): (readonly [key: string, draft: Draft])[] {
  return JSON.parse(sessionStorage.getItem(hereKey) ?? "[]");
}

/** Browsers keep some five million characters; what is longer stays in the editor alone. */
function kept(keep: () => void): void {
  try {
    keep();
  } catch (error) {
    if (!(error instanceof DOMException)) throw error;
  }
}
