import type { MillraceError } from "../errors.ts";
import type { Claim, Claims, Standing } from "../state/shards.ts";
import { evenPart, onlooker, type SeenPlane, workingOf } from "./shard-parts.ts";

/** Things of one kind, each of which one plane is to hold at a time. */
export interface Kind {
  /** Their keys. */
  readonly keys: readonly string[];
  /** Begins what goes with a key. Given back when it throws. */
  take(claim: Claim): Promise<void>;
  /** Ends it, for another plane to go on with: the key is given back behind it. */
  part(claim: Claim): Promise<void>;
  /** Another plane has the key, or may have it: the same, and nothing that goes with it may go on here. */
  lose(claim: Claim): Promise<void>;
  /**
   * Of what two planes do at once, something else lets only one count. Where there is no other plane it goes on without a
   * lease, until the store can be asked again, and for `strandedMs` at most.
   */
  readonly fenced?: true;
  /** Keys with little at work are given to others first. */
  weight?(key: string): number;
}

export interface LeaseKeeperOptions {
  claims: Claims;
  holder: string;
  /** Nothing is taken from planes that work. */
  onlyLooks: boolean;
  logger: { warn(fields: object, text: string): void };
}

/** Of timers: 2^31 - 1. */
const timerMsMax = 2_147_483_647;

/** For how long what is fenced outlives its lease, in milliseconds: longer than a database takes to come back, and no longer than people wait for a pause to be kept. */
const strandedMs = 60_000;

/**
 * What a plane holds: an even part of each kind of things, by leases in the store. It says in time that it lives, takes what
 * is free, and gives to planes that join. No plane leads: each works its part out from those that it sees alive.
 */
export class LeaseKeeper {
  readonly #claims: Claims;
  /** As it is called while it works. */
  readonly #name: string;
  #holder: string;
  readonly #logger: LeaseKeeperOptions["logger"];
  readonly #kinds: Kind[] = [];
  readonly #held = new Map<string, { claim: Claim; kind: Kind }>();
  /** Keys whose things are just being begun or ended. */
  readonly #moving = new Set<string>();
  #others = 0;
  /** What was heard last, and when, by `performance.now`. */
  #heard: Standing & { atMs: number } = { planes: [], held: [], atMs: 0 };
  #standsBack: boolean;
  #closed = false;
  #round: Promise<void> | undefined;
  #nextRound: NodeJS.Timeout | undefined;
  /** Fires when the leases may have run out. */
  #leaseEnd: NodeJS.Timeout | undefined;
  /** Fires when what is fenced has gone on without a lease for long enough. */
  #strandedEnd: NodeJS.Timeout | undefined;

  constructor({ claims, holder, onlyLooks, logger }: LeaseKeeperOptions) {
    this.#claims = claims;
    this.#name = holder;
    this.#standsBack = onlyLooks;
    this.#holder = onlyLooks ? onlooker(holder) : holder;
    this.#logger = logger;
  }

  /** Planes beside this one that run DAGs, as it was heard last. */
  get others(): number {
    return this.#others;
  }

  /** All that live, as it was heard last; of this one, as it is now. */
  get seen(): SeenPlane[] {
    const { planes, held, atMs } = this.#heard;
    const keysOf = (holder: string): string[] => (holder === this.#holder ? [...this.#held.keys()] : held.flatMap((each) => (each.holder === holder ? [each.key] : [])));
    return planes.map(({ holder, silentMs }) => ({ holder, silentMs: holder === this.#holder && this.#claims.leaseMs === Infinity ? 0 : silentMs + performance.now() - atMs, keys: keysOf(holder) }));
  }

  /** Holds its part of these things from now on. Resolves when what is free now is taken. */
  async add(kind: Kind): Promise<void> {
    this.#kinds.push(kind);
    await this.#round;
    clearTimeout(this.#nextRound);
    await this.#settle().finally(() => this.#wait());
  }

  /** From the next round on it is as one that only looks: others get what it holds, and it takes what nobody else is there to hold. */
  standBack(wanted: boolean): void {
    this.#standsBack = wanted;
  }

  /** The thing is another's by what the store has said. */
  refused(key: string): void {
    this.#lose(key);
  }

  /** Ends all that goes with what is held, and lets others have it at once. */
  async close(): Promise<void> {
    this.#closed = true;
    clearTimeout(this.#nextRound);
    clearTimeout(this.#leaseEnd);
    clearTimeout(this.#strandedEnd);
    await this.#round;
    await Promise.all([...this.#held.values()].map(({ claim, kind }) => kind.part(claim)));
    this.#held.clear();
    await this.#claims.leave(this.#holder).catch((error: unknown) => this.#logger.warn({ err: error }, "leases could not be given back: others take over when they have run out"));
  }

  #wait(): void {
    const { leaseMs } = this.#claims;
    if (this.#closed || leaseMs === Infinity) return;
    this.#nextRound = setTimeout(() => {
      this.#round = this.#settle()
        .catch((error: unknown) => this.#logger.warn({ err: error as MillraceError }, "the leases could not be renewed"))
        .finally(() => this.#wait());
    }, leaseMs / 5);
  }

  /** What is held is held under a name: under another one it is taken anew. */
  async #rename(holder: string): Promise<void> {
    await Promise.all([...this.#held].map(([key, { kind }]) => this.#end(key, (claim) => kind.part(claim))));
    await this.#claims.leave(this.#holder);
    this.#holder = holder;
  }

  /** Says that this plane lives, and comes to its part. */
  async #settle(): Promise<void> {
    const holder = this.#standsBack ? onlooker(this.#name) : this.#name;
    if (holder !== this.#holder) await this.#rename(holder);
    const { planes, mine } = await this.#beat();
    if (this.#closed) return;
    await this.#giveUpStrays(mine);
    // What is taken may need its time, and the lease of what is held is not to run out over it.
    const beating = setInterval(() => void this.#beat().catch(() => undefined), Math.min(this.#claims.leaseMs / 5, timerMsMax));
    try {
      await allDone(this.#kinds.map((kind) => this.#comeToPart(kind, evenPart(kind.keys.length, planes, this.#holder))));
    } finally {
      clearInterval(beating);
    }
  }

  /** @returns the planes that live, and what the store has for this plane's, with epochs */
  async #beat(): Promise<{ planes: string[]; mine: ReadonlyMap<string, number> }> {
    const before = performance.now();
    // What is taken meanwhile may be missing in the answer.
    const held = [...this.#held];
    const standing = await this.#claims.beat(this.#holder);
    const planes = standing.planes.map(({ holder }) => holder);
    if (this.#closed) return { planes, mine: new Map() };
    this.#renewed(before);
    this.#heard = { ...standing, atMs: performance.now() };
    this.#others = workingOf(planes).filter((plane) => plane !== this.#holder).length;
    const mine = new Map(standing.held.filter(({ holder }) => holder === this.#holder).map(({ key, epoch }) => [key, epoch]));
    for (const [key, { claim }] of held) if (mine.get(key) !== claim.epoch && this.#held.get(key)?.claim === claim) this.#lose(key);
    return { planes, mine };
  }

  /**
   * What the store has for this plane's and the plane does not hold: it was to be given back when the store did not answer. As
   * long as this plane lives nobody else could have it.
   */
  async #giveUpStrays(mine: ReadonlyMap<string, number>): Promise<void> {
    const strays = [...mine].filter(([key]) => !this.#held.has(key) && !this.#moving.has(key));
    await allDone(strays.map(([key, epoch]) => this.#claims.giveBack({ key, epoch })));
  }

  async #comeToPart(kind: Kind, part: number): Promise<void> {
    const held = kind.keys.filter((key) => this.#held.has(key));
    if (held.length > part) await this.#giveBack(kind, held, held.length - part);
    if (held.length >= part) return;
    const wanted = kind.keys.filter((key) => !this.#held.has(key) && !this.#moving.has(key));
    const fresh = await this.#claims.claim(this.#holder, wanted, part - held.length);
    await allDone(fresh.map((claim) => this.#take(kind, claim)));
  }

  async #giveBack(kind: Kind, held: string[], count: number): Promise<void> {
    const idlest = held.sort((a, b) => (kind.weight?.(a) ?? 0) - (kind.weight?.(b) ?? 0)).slice(0, count);
    await allDone(idlest.map((key) => this.#end(key, (claim) => kind.part(claim))));
  }

  async #take(kind: Kind, claim: Claim): Promise<void> {
    this.#moving.add(claim.key);
    try {
      await kind.take(claim);
      this.#held.set(claim.key, { claim, kind });
    } catch (error) {
      await this.#claims.giveBack(claim).catch(() => undefined);
      throw error;
    } finally {
      this.#moving.delete(claim.key);
    }
  }

  #renewed(at: number): void {
    const { leaseMs } = this.#claims;
    if (leaseMs === Infinity) return;
    clearTimeout(this.#leaseEnd);
    clearTimeout(this.#strandedEnd);
    // By this process's clock the lease ends no later than by the store's.
    const leftMs = Math.max(0, leaseMs - (performance.now() - at));
    this.#leaseEnd = setTimeout(() => {
      for (const [key, { kind }] of this.#held) if (!kind.fenced || this.#others > 0) this.#lose(key);
    }, leftMs);
    this.#strandedEnd = setTimeout(() => {
      for (const key of this.#held.keys()) this.#lose(key);
    }, leftMs + strandedMs);
  }

  #lose(key: string): void {
    const held = this.#held.get(key);
    if (!held) return;
    this.#logger.warn({ key }, "this plane's lease has run out, or another has taken what it was for");
    void this.#end(key, (claim) => held.kind.lose(claim)).catch((error: unknown) => this.#logger.warn({ err: error, key }, "what was lost could not be given back"));
  }

  async #end(key: string, end: (claim: Claim) => Promise<void>): Promise<void> {
    const held = this.#held.get(key);
    if (!held) return;
    this.#held.delete(key);
    this.#moving.add(key);
    try {
      await end(held.claim);
      await this.#claims.giveBack(held.claim);
    } finally {
      this.#moving.delete(key);
    }
  }
}

/** Waits for all of them, also when some fail. @throws what the first of those failed with */
async function allDone(work: readonly Promise<void>[]): Promise<void> {
  const failed = (await Promise.allSettled(work)).find((end) => end.status === "rejected");
  if (failed) throw failed.reason;
}
