import type { ComponentType } from "react";
import { ApiError } from "../api/api-error.ts";

type Page = { default: ComponentType };

/** The script of a page did not come: the server is away, or it is another version by now, whose scripts have other names. */
export class PageNotLoaded extends ApiError {
  constructor() {
    super(0, { code: "page", what: "The script of this page did not come.", where: location.host, mend: "Nothing: it is loaded anew as soon as the server answers." });
  }
}

export const loaded = (load: () => Promise<Page>): (() => Promise<Page>) => () =>
  load().catch((error: unknown) => {
    throw didNotCome(error) ? new PageNotLoaded() : error;
  });

/** Browsers say it as a TypeError, each in words of its own; the script that loads styles, in these. */
const didNotCome = (error: unknown): boolean => error instanceof TypeError || (error instanceof Error && error.message.startsWith("Unable to preload CSS"));
