import { keepLease, leaseMs } from "./leases.ts";
import { lose } from "./outcomes.ts";
import type { Timer, Worker, World } from "./world.ts";

/** What a worker does not name it does not run: the answer to its start was lost on the way. */
export function hearWorker(world: World, name: string, attempts: string[] | undefined): void {
  keepLease(world, name);
  if (!attempts) return;
  const named = new Set(attempts);
  for (const attempt of [...(world.workers.get(name) as Worker).attempts]) {
    if (!named.has(attempt.row.id) && attempt.hiredAt + leaseMs <= world.now) lose(world, attempt, "its worker knows nothing of it");
  }
}

export function loseWorker(world: World, name: string, why: string): void {
  const worker = world.workers.get(name);
  if (!worker) return;
  world.workers.delete(name);
  for (const attempt of [...worker.attempts]) lose(world, attempt, why);
}

/** Renewed leases do not move the timer: it looks again when it fires. */
export function fireLease(world: World, { id, worker }: Extract<Timer, { type: "lease" }>): void {
  if (world.workers.get(id) !== worker) return;
  if (worker.leaseUntil > world.now) world.timer(worker.leaseUntil, { type: "lease", id, worker });
  else loseWorker(world, id, `its worker has said nothing for ${leaseMs / 1000} s`);
}
