import { ApiError } from "./api-error.ts";

/** A script of a page did not come: the server is away, or it is another version by now, whose scripts have other names. */
export class ScriptNotLoaded extends ApiError {
  constructor() {
    super(0, { code: "page", what: "The script of this page did not come.", where: location.host, mend: "Nothing: it is loaded anew as soon as the server answers." });
  }
}

/** The same, with an error that says whether the script did not come. */
export const loaded =
  <Script>(load: () => Promise<Script>): (() => Promise<Script>) =>
  () =>
    load().catch((error: unknown) => {
      throw didNotCome(error) ? new ScriptNotLoaded() : error;
    });

/** Browsers say it as a TypeError, each in words of its own; the script that loads styles, in these. */
const didNotCome = (error: unknown): boolean => error instanceof TypeError || (error instanceof Error && error.message.startsWith("Unable to preload CSS"));
