import type { Attempt, World } from "./world.ts";

/** For how long a worker that says nothing keeps its attempts, in milliseconds. It speaks every 5 s. */
export const leaseMs = 15_000;

/** The worker has spoken. */
export function keepLease(world: World, name: string): void {
  const leaseUntil = world.now + leaseMs;
  const known = world.workers.get(name);
  if (known) {
    known.leaseUntil = leaseUntil;
    return;
  }
  const worker = { leaseUntil, attempts: new Set<Attempt>() };
  world.workers.set(name, worker);
  world.timer(leaseUntil, { type: "lease", id: name, worker });
}

/** Gives a worker an attempt, and with it a lease. */
export function hire(world: World, name: string, attempt: Attempt): void {
  keepLease(world, name);
  world.workers.get(name)?.attempts.add(attempt);
  attempt.hiredAt = world.now;
}

export function letWorkerGo(world: World, attempt: Attempt): void {
  if (attempt.row.worker !== null) world.workers.get(attempt.row.worker)?.attempts.delete(attempt);
}

/** Who was not there to hear the workers cannot hold their silence against them. */
export function renewLeases(world: World): void {
  for (const worker of world.workers.values()) worker.leaseUntil = Math.max(worker.leaseUntil, world.now + leaseMs);
}
