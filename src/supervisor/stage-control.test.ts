import { expect, test, vi } from "vitest";
import type { StageDecl } from "../model/manifest.ts";
import type { StageNews } from "./workers/worker-protocol.ts";
import { StageControl, type StageControlOptions } from "./stage-control.ts";
import type { StageEnd, StageLife } from "./stage-process.ts";

/* Lives that end when the test says so: what a process does is tested with real ones in test/stages.slow.test.ts. */

class Life implements StageLife {
  readonly pid = 1;
  readonly startedAt = new Date();
  report: StageLife["report"];
  stops = 0;
  readonly #ended = Promise.withResolvers<StageEnd>();
  readonly ended = this.#ended.promise;

  stop(): void {
    this.stops++;
  }

  async end(end: StageEnd): Promise<void> {
    this.#ended.resolve(end);
    await this.ended;
    await Promise.resolve();
  }

  works(epochs: number): void {
    this.report = { counts: { recordsIn: 0, recordsOut: 0, dead: 0, late: 0, warned: 0, epochs, waits: [], lag: 5, held: 0, tasks: [0] }, memoryBytes: 1, cpuSeconds: 1 };
  }
}

const died: StageEnd = { how: "died", code: null, signal: "SIGKILL", lastWords: "" };
const stopped: StageEnd = { how: "stopped" };

function control(more: Partial<StageControlOptions> = {}, min = 1) {
  const lives: Life[] = [];
  const stage = new StageControl({
    decl: { name: "copy", kind: "record", from: ["a"], to: {}, scale: { min, max: 4, targetDrainSeconds: 10 } } as unknown as StageDecl,
    wishes: {},
    start: () => {
      const life = new Life();
      lives.push(life);
      return life;
    },
    save: async () => 1,
    probeFile: (slot) => `/nonexistent/${slot}`,
    log: { info: () => undefined, warn: () => undefined, error: () => undefined },
    ...more,
  });
  return { stage, lives };
}

async function withClock(run: () => Promise<void>): Promise<void> {
  vi.useFakeTimers();
  try {
    await run();
  } finally {
    vi.useRealTimers();
  }
}

test("a stage that died three times and then works is running, not failed", () =>
  withClock(async () => {
    const { stage, lives } = control();
    stage.up();
    for (let i = 0; i < 3; i++) {
      await lives[i].end(died);
      await vi.advanceTimersByTimeAsync(10_000);
    }
    expect(stage.state).toBe("failed");
    lives[3].works(1);
    expect(stage.state).toBe("running");
  }));

test("the wait between starts grows while nothing is committed, and a sound life ends it", () =>
  withClock(async () => {
    const { stage, lives } = control();
    stage.up();
    const waits: number[] = [];
    for (let i = 0; i < 16; i++) {
      await lives[i].end(died);
      let ms = 0;
      for (; lives.length === i + 1; ms += 100) await vi.advanceTimersByTimeAsync(100);
      waits.push(ms);
    }
    expect(waits[0]).toBeLessThanOrEqual(100);
    expect(waits.at(-1)).toBe(300_000);
    expect(waits).toEqual(waits.toSorted((a, b) => a - b));
    lives[16].works(3);
    await lives[16].end(died);
    await vi.advanceTimersByTimeAsync(1);
    expect(lives).toHaveLength(18);
  }));

test("a process that scaling has taken away while it waited for its next start comes back when scaled up", () =>
  withClock(async () => {
    const { stage, lives } = control({}, 2);
    stage.up();
    await lives[1].end(died);
    await vi.advanceTimersByTimeAsync(1);
    await lives[2].end(died);
    stage.setInstances(1);
    stage.setInstances(2);
    await vi.advanceTimersByTimeAsync(1_000);
    expect(stage.lives).toHaveLength(2);
  }));

test("processes beyond those wanted do not make a stage failed", () =>
  withClock(async () => {
    const { stage, lives } = control({}, 2);
    stage.up();
    for (let i = 1; i <= 3; i++) {
      await lives[i].end(died);
      await vi.advanceTimersByTimeAsync(5_000);
    }
    expect(stage.state).toBe("failed");
    lives[0].works(1);
    stage.setInstances(1);
    expect(stage.state).toBe("running");
  }));

test("resume and restart do not wait for the back-off", () =>
  withClock(async () => {
    const { stage, lives } = control();
    stage.up();
    for (let i = 0; i < 10; i++) {
      await lives[i].end(died);
      if (i < 9) await vi.advanceTimersByTimeAsync(300_000);
    }
    expect(stage.lives).toHaveLength(0);
    await stage.restart();
    expect(stage.lives).toHaveLength(1);
    await lives[10].end(died);
    await vi.advanceTimersByTimeAsync(0);
    await lives[11].end(died);
    await stage.resume();
    expect(stage.lives).toHaveLength(1);
  }));

test("resumed while the paused process still drains, it starts once, when that one has ended", () =>
  withClock(async () => {
    const { stage, lives } = control();
    stage.up();
    const paused = stage.pause("look");
    expect(lives[0].stops).toBe(1);
    await stage.resume();
    await stage.resume();
    expect(lives).toHaveLength(1);
    await lives[0].end(stopped);
    await paused;
    await vi.advanceTimersByTimeAsync(10);
    expect(lives).toHaveLength(2);
    expect(stage.state).toBe("starting");
  }));

test("a stage stops although its pause cannot be kept, and pausing itself then ends nothing else", () =>
  withClock(async () => {
    const save = async (): Promise<number> => {
      throw new Error("disk full");
    };
    const { stage, lives } = control({ save });
    stage.up();
    const error = { code: "MR-ENGINE-002" as const, what: "too many", where: "here", mend: "mend", retryable: false };
    await lives[0].end({ how: "paused", error });
    await vi.advanceTimersByTimeAsync(10);
    expect(stage.state).toBe("paused");
    expect(lives).toHaveLength(1);
    await expect(stage.resume()).rejects.toThrow("disk full");
    expect(lives).toHaveLength(2);
    const asked = stage.pause("by hand");
    expect(lives[1].stops).toBe(1);
    await lives[1].end(stopped);
    await expect(asked).rejects.toThrow("disk full");
  }));

test("when the system refuses a process, it is asked again later", () =>
  withClock(async () => {
    let refusals = 2;
    const lives: Life[] = [];
    const { stage } = control({
      start: () => {
        if (refusals-- > 0) throw new Error("spawn ENOMEM");
        lives.push(new Life());
        return lives[0];
      },
    });
    stage.up();
    await vi.advanceTimersByTimeAsync(1_000);
    expect(lives).toHaveLength(1);
    expect(stage.lastError?.what).toContain("ENOMEM");
  }));

test("what was asked at another control plane holds, and nothing that is older than what was asked here", async () => {
  const { stage, lives } = control();
  stage.up();
  const paused = stage.heed({ paused: { reason: "by another", at: "2026-01-01T00:00:00Z" } }, 1);
  expect([stage.state, lives[0].stops]).toEqual(["paused", 1]);
  await lives[0].end(stopped);
  await paused;
  await stage.heed({}, 2);
  expect([stage.state, lives]).toMatchObject(["starting", { length: 2 }]);
  await stage.heed({ paused: { reason: "late", at: "2026-01-01T00:00:00Z" } }, 1);
  expect(stage.state).toBe("starting");
  await stage.heed({ scale: { min: 3, max: 4 } }, 3);
  expect(lives).toHaveLength(4);
});

test("a worker's life counts as the stage's own, is told what is wanted, and ends the stage where it ends", () =>
  withClock(async () => {
    const { stage, lives } = control({ elsewhere: true });
    stage.up();
    stage.setInstances(3);
    expect([lives.length, stage.state, stage.reason]).toEqual([0, "starting", "it waits for a worker: millrace worker --stage copy"]);
    const counts = { recordsIn: 5, recordsOut: 4, dead: 1, late: 0, warned: 0, epochs: 1, waits: [], lag: 0, held: 0, tasks: [0] };
    const wishes: string[] = [];
    const guest = { machine: "gpu-1", connected: true, news: { state: "running", counts } as StageNews, wish: async (wish: string) => void wishes.push(wish) };
    stage.admit(guest);
    stage.heard(guest);
    expect([stage.state, stage.reason, stage.counts.recordsIn, stage.guests.length]).toEqual(["running", undefined, 5, 1]);
    guest.news = { state: "paused", counts, paused: { reason: "too many fail", at: "2026-01-01T00:00:00Z" } };
    stage.heard(guest);
    await vi.advanceTimersByTimeAsync(1);
    expect([stage.state, stage.reason, stage.wish, wishes]).toEqual(["paused", "too many fail", "pause", ["pause"]]);
    await stage.resume();
    guest.connected = false;
    expect([stage.wish, wishes, stage.state, stage.guests.length]).toEqual(["run", ["pause", "run"], "starting", 0]);
    stage.dismiss(guest);
    expect([stage.counts.recordsIn, stage.counts.tasks]).toEqual([5, []]);
    stage.admit({ ...guest, connected: true, news: { state: "drained", counts } as StageNews });
    stage.heard([...stage.guests][0]);
    expect([stage.state, stage.wish]).toEqual(["drained", "pause"]);
  }));
