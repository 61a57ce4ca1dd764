/** Ends the search for a lineage: what cannot be followed with certainty is not guessed. */
export class NotUnderstood extends Error {}

/** @throws NotUnderstood always */
export function notUnderstood(reason: string): never {
  throw new NotUnderstood(reason);
}
