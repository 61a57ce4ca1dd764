import type { Socket } from "node:net";

/** Two connections as one: what comes on either goes out on the other, and both end together. */
export function joinSockets(a: Socket, b: Socket): void {
  for (const [one, other] of [[a, b], [b, a]]) {
    one.pipe(other);
    one.on("error", () => one.destroy()).once("close", () => other.destroy());
    if (one.destroyed) other.destroy();
  }
}
