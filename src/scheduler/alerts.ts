import { createHash } from "node:crypto";
import type { AlertKind, AlertRow } from "../state/run-store.ts";
import type { Run, Storm, World } from "./world.ts";

/** Alerts of one DAG and kind within `windowMs` that go out each for itself. What comes beyond them is joined. */
const aloneMax = 10;
const windowMs = 60_000;
const textMax = 2_000;

/** What has happened to a run, or to a task in it. */
export interface News {
  kind: Exclude<AlertKind, "check" | "anomaly">;
  /** Tells it from what else of its kind happens to this run before it is cleared. */
  key: string;
  text: string;
  task?: { task: string; index: number; attempts: number };
}

/**
 * Writes down whom to tell of something: a row for each receiver, in the commit of what has happened. A storm is
 * contained: beyond a few a minute, alerts of one DAG and kind are joined into one row for each receiver, which goes out
 * when the minute is over.
 */
export function tell(world: World, run: Run, news: News): void {
  const targets = new Map(run.graph.decl.alerts.filter(({ on }) => on.includes(news.kind)).map(({ to }) => [JSON.stringify(to), to]));
  if (targets.size === 0) return;
  const storm = stormOf(world, run.row.dag, news.kind);
  storm.count++;
  for (const [target, to] of targets) {
    if (storm.count <= aloneMax) {
      world.changed("alerts", { ...newAlert(world, run, news, target, to), state: "pending", nextAt: world.now });
      world.effect({ type: "alerts" });
    } else gather(world, storm, target, () => newAlert(world, run, news, target, to));
  }
}

/** Goes on with what an earlier scheduler was gathering. */
export function takeUpAlerts(world: World, rows: AlertRow[]): void {
  for (const row of rows) {
    const storm = stormOf(world, row.dag, row.kind);
    storm.count = aloneMax + 1;
    storm.until = row.nextAt as number;
    const mine = { ...row };
    if (storm.gathering.size === 0) world.timer(storm.until, { type: "storm", storm });
    storm.gathering.set(JSON.stringify(row.to), mine);
  }
}

/** Lets what was gathered go out. After a whole storm the next window begins as one, so that it goes on with one alert a minute. */
export function letGo(world: World, storm: Storm): void {
  const rows = [...storm.gathering.values()];
  for (const row of rows) {
    Object.assign(row, { state: "pending", nextAt: world.now });
    world.changed("alerts", row);
  }
  if (rows.length > 0) world.effect({ type: "alerts" });
  if (rows.some(({ count }) => count > aloneMax)) world.storms.set(storm.key, { key: storm.key, count: aloneMax, until: world.now + windowMs, gathering: new Map() });
  else world.storms.delete(storm.key);
}

function stormOf(world: World, dag: string, kind: AlertKind): Storm {
  const key = `${kind} ${dag}`;
  const known = world.storms.get(key);
  if (known && (known.until > world.now || known.gathering.size > 0)) return known;
  const storm: Storm = { key, count: 0, until: world.now + windowMs, gathering: new Map() };
  world.storms.set(key, storm);
  return storm;
}

function gather(world: World, storm: Storm, target: string, make: () => Omit<AlertRow, "state" | "nextAt">): void {
  const known = storm.gathering.get(target);
  if (known) {
    known.count++;
    known.lastAt = world.now;
    return world.changed("alerts", known);
  }
  if (storm.gathering.size === 0) world.timer(storm.until, { type: "storm", storm });
  const row: AlertRow = { ...make(), state: "gathering", nextAt: storm.until };
  storm.gathering.set(target, row);
  world.changed("alerts", row);
}

function newAlert({ now }: World, { row }: Run, { kind, key, text, task }: News, target: string, to: AlertRow["to"]): Omit<AlertRow, "state" | "nextAt"> {
  const { id: run, dag, release, intervalStart, intervalEnd, clears } = row;
  const id = createHash("sha256").update(JSON.stringify([run, clears, kind, key, target])).digest("hex").slice(0, 32);
  return {
    ...{ id, dag, kind, to, run, release, intervalStart, intervalEnd, task: task?.task ?? null, index: task?.index ?? -1, attempt: task?.attempts ?? null },
    ...{ text: text.slice(0, textMax), at: now, lastAt: now, count: 1, tries: 0, endedAt: null, error: null },
  };
}
