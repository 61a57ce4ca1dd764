import { MillraceError } from "../errors.ts";
import type { Epoch, Member } from "../log/driver.ts";

export interface CommitQueueOptions {
  /** Epochs on their way to the disk at once. */
  underWayMax: number;
  /** An epoch will not be committed: whoever made it must start anew. Called once, with the first error. */
  onFailure: (error: unknown) => void;
}

const waitMsMin = 100;
const waitMsMax = 2_000;

/**
 * Epochs of one member on their way to the disk, in order. A disk that takes nothing for now is waited for, with the same
 * epochs, so that nothing need be computed again; any other refusal ends the queue.
 */
export class CommitQueue {
  readonly #options: CommitQueueOptions;
  #underWay: UnderWay[] = [];
  #failure: { error: unknown } | undefined;
  #stopWaiting: () => void = () => undefined;
  #patient = true;

  constructor(options: CommitQueueOptions) {
    this.#options = options;
  }

  /**
   * Resolves when the epoch is on its way. `stored` is called when it is on disk.
   * @param makeEpoch - called when its turn has come, so that of two who wait the later one knows what the first has said
   */
  async add(member: Member, makeEpoch: () => Epoch, stored: () => void): Promise<void> {
    while (this.#underWay.length >= this.#options.underWayMax) await this.#underWay[0].ended;
    this.#throwFailure();
    const epoch = makeEpoch();
    const own: UnderWay = { before: this.#underWay.at(-1), refused: false, ended: Promise.resolve() };
    own.ended = this.#send(member, epoch, own)
      .then(stored)
      .catch((error: unknown) => this.#fail(error))
      .finally(() => {
        this.#underWay = this.#underWay.filter((other) => other !== own);
        own.before = undefined;
      });
    this.#underWay.push(own);
  }

  /** Resolves when all that was added is on disk. */
  async settle(): Promise<void> {
    await Promise.all(this.#underWay.map(({ ended }) => ended));
    this.#throwFailure();
  }

  /** The stage must end: a disk that takes nothing is not waited for any longer. */
  hurry(): void {
    this.#patient = false;
    this.#stopWaiting();
  }

  async #send(member: Member, epoch: Epoch, own: UnderWay): Promise<void> {
    for (let waitMs = waitMsMin; ; waitMs = Math.min(waitMsMax, waitMs * 2)) {
      try {
        await member.commit(epoch);
        return;
      } catch (error) {
        // An epoch is refused too when one before it was: that one goes first, then this one again.
        const dragged = own.before?.refused === true;
        const full = error instanceof MillraceError && error.code === "MR-LOG-007" && error.retryable;
        own.refused ||= full || dragged;
        await own.before?.ended;
        own.before = undefined;
        if (!(full || dragged) || this.#failure || !this.#patient) throw error;
        if (full) await this.#wait(waitMs);
      }
    }
  }

  #wait(ms: number): Promise<void> {
    return new Promise((resolve) => {
      const before = this.#stopWaiting;
      const timer = setTimeout(resolve, ms);
      this.#stopWaiting = () => {
        clearTimeout(timer);
        before();
        resolve();
      };
    });
  }

  #fail(error: unknown): void {
    if (this.#failure) return;
    this.#failure = { error };
    this.#options.onFailure(error);
  }

  #throwFailure(): void {
    if (this.#failure) throw this.#failure.error;
  }
}

interface UnderWay {
  before: UnderWay | undefined;
  /** It was refused for now, and so is all that follows it. */
  refused: boolean;
  ended: Promise<void>;
}
