import type { Work } from "./work.ts";

/** Where stores keep what they keep. */
export interface Database {
  /**
   * @param where - what is read, for errors
   * @throws MillraceError `MR-STATE-001` when the database refuses, `-006` when it does not answer: the call may be made again; `MR-INTERNAL-001` for faults of ours
   */
  read<T>(where: string, work: () => Work<T>): Promise<T>;
  /**
   * Runs `work` in one transaction: when it resolves all is on disk, and when it rejects nothing is written. `work` may be
   * begun anew, and so changes nothing but the database.
   *
   * @param locks - names; nobody else who gives one of them writes meanwhile, and what they wrote before is seen
   * @throws MillraceError as `read`; `MR-STATE-005` when nobody could be asked for long whether a commit was made
   */
  write<T>(where: string, locks: readonly string[], work: () => Work<T>): Promise<T>;
  close(): Promise<void>;
}
