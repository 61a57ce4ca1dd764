import { randomBytes } from "node:crypto";
import type { StateStore } from "../../state/store.ts";

const collection = "workers";
const key = "signing-key";

/**
 * What identities and receipts of workers are signed with: made once for a project, so that they outlive a restart of the
 * control plane. Whoever can read the state store can make identities, and could do all that these may as well.
 */
export async function signingKey(state: StateStore): Promise<string> {
  const made = randomBytes(32).toString("base64url");
  if ((await state.compareAndSwap(collection, key, 0, made)) !== undefined) return made;
  return (await state.get<string>(collection, key))?.value ?? signingKey(state);
}
