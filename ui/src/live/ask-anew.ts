import type { Query, QueryClient } from "@tanstack/react-query";

/** Those that are asked for once more when their answer has come. */
const waiting = new WeakSet<Query>();

/**
 * Asks anew for what pages show of something that has changed. An answer on its way may not know of the change, and so is
 * asked for once more when it has come; it is never cut off, for where changes come faster than answers none would ever come.
 */
export function askAnew(client: QueryClient, isMeant: (query: Query) => boolean): void {
  const onTheirWay = client.getQueryCache().findAll({ predicate: isMeant, fetchStatus: "fetching" });
  invalidate(client, isMeant);
  for (const query of onTheirWay) void askOnceMore(client, query);
}

async function askOnceMore(client: QueryClient, query: Query): Promise<void> {
  if (waiting.has(query)) return;
  waiting.add(query);
  await query.promise?.catch(() => undefined);
  waiting.delete(query);
  invalidate(client, (each) => each === query);
}

const invalidate = (client: QueryClient, predicate: (query: Query) => boolean): void => void client.invalidateQueries({ predicate }, { cancelRefetch: false });
