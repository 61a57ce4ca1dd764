/*
 * What the stores ask of their database, apart from who asks it: work is a generator that yields requests, gets what they
 * brought, and touches nothing itself. The same work runs over SQLite, which answers on the spot, and over PostgreSQL, which
 * answers later. It is written in SQLite's words; `postgres-text.ts` says the same in PostgreSQL's.
 */

export type Bound = string | number | null;

/** An upsert of whole rows, which all have the same columns. */
export interface Insert {
  kind: "insert";
  /** Up to the values: `insert into … (…)`. */
  into: string;
  columns: ("text" | "integer")[];
  /** No two of the same key. */
  rows: Bound[][];
  /** What becomes of a row whose key is taken: `on conflict …`. */
  conflict: string;
}

/** `rows` and `count` say what is to come of a statement; a `script` is several of them, without values; a `batch` is answered at once, in its order. */
export type Request = { kind: "rows" | "count"; text: string; values: Bound[] } | Insert | { kind: "script"; text: string } | { kind: "batch"; requests: Request[] };

export type Work<T> = Generator<Request, T, unknown>;

export function* all<Found = unknown>(text: string, ...values: Bound[]): Work<Found[]> {
  return (yield { kind: "rows", text, values }) as Found[];
}

export function* one<Found = unknown>(text: string, ...values: Bound[]): Work<Found | undefined> {
  return (yield* all<Found>(text, ...values))[0];
}

/** @returns how many rows it changed */
export function* run(text: string, ...values: Bound[]): Work<number> {
  return (yield { kind: "count", text, values }) as number;
}

/** @returns how many rows are new or changed */
export function* insert(request: Omit<Insert, "kind">): Work<number> {
  return (yield { kind: "insert", ...request }) as number;
}

export function* script(text: string): Work<void> {
  yield { kind: "script", text };
}

/** Does several works side by side, in as many exchanges with the database as the longest of them has. What one asks first comes before what the next asks first. */
export function* together(works: readonly Work<unknown>[]): Work<void> {
  let open = works.map((work) => ({ work, step: work.next() }));
  for (;;) {
    open = open.filter(({ step }) => !step.done);
    if (open.length === 0) return;
    const answers = (yield { kind: "batch", requests: open.map(({ step }) => step.value as Request) }) as unknown[];
    for (const [place, each] of open.entries()) each.step = each.work.next(answers[place]);
  }
}
