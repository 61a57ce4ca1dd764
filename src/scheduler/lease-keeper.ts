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
  #others = 0;
  /** What was heard last, and when, by `performance.now`. */
  #heard: Standing & { atMs: number } = { planes: [], held: [], atMs: 0 };
  #standsBack: boolean;
  #closed = false;
  #round: Promise<void> | undefined;
  #nextRound: NodeJS.Timeout | undefined;
  /** Fires when the leases may have run out. */
  #leaseEnd: NodeJS.Timeout | undefined;

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
    const before = performance.now();
    const standing = await this.#claims.beat(this.#holder);
    if (this.#closed) return;
    this.#renewed(before);
    this.#heard = { ...standing, atMs: performance.now() };
    const { held } = standing;
    const planes = standing.planes.map(({ holder: each }) => each);
    this.#others = workingOf(planes).filter((plane) => plane !== this.#holder).length;
    const mine = new Map(held.filter(({ holder }) => holder === this.#holder).map(({ key, epoch }) => [key, epoch]));
    for (const [key, { claim }] of this.#held) if (mine.get(key) !== claim.epoch) this.#lose(key);
    for (const kind of this.#kinds) await this.#comeToPart(kind, evenPart(kind.keys.length, planes, this.#holder));
  }

  async #comeToPart(kind: Kind, part: number): Promise<void> {
    const held = kind.keys.filter((key) => this.#held.has(key));
    if (held.length > part) await this.#giveBack(kind, held, held.length - part);
    if (held.length >= part) return;
    const fresh = await this.#claims.claim(this.#holder, kind.keys.filter((key) => !this.#held.has(key)), part - held.length);
    await Promise.all(fresh.map((claim) => this.#take(kind, claim)));
  }

  async #giveBack(kind: Kind, held: string[], count: number): Promise<void> {
    const idlest = held.sort((a, b) => (kind.weight?.(a) ?? 0) - (kind.weight?.(b) ?? 0)).slice(0, count);
    await Promise.all(idlest.map((key) => this.#end(key, (claim) => kind.part(claim))));
  }

  async #take(kind: Kind, claim: Claim): Promise<void> {
    try {
      await kind.take(claim);
      this.#held.set(claim.key, { claim, kind });
    } catch (error) {
      await this.#claims.giveBack(claim).catch(() => undefined);
      throw error;
    }
  }

  #renewed(at: number): void {
    const { leaseMs } = this.#claims;
    if (leaseMs === Infinity) return;
    clearTimeout(this.#leaseEnd);
    // By this process's clock the lease ends no later than by the store's.
    this.#leaseEnd = setTimeout(() => {
      for (const key of this.#held.keys()) this.#lose(key);
    }, leaseMs - (performance.now() - at));
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
    await end(held.claim);
    await this.#claims.giveBack(held.claim);
  }
}
