/** An error as the server says it. */
export interface SaidError {
  code: string;
  what: string;
  where: string;
  mend: string;
}

/** What the server refused, or that it could not be reached: with the mend, as it is to be told to people. */
export class ApiError extends Error {
  override readonly name = "ApiError";
  readonly code: string;
  readonly where: string;
  readonly mend: string;
  /** Of HTTP; 0 where there was no answer. */
  readonly status: number;

  constructor(status: number, error: SaidError) {
    super(error.what);
    this.status = status;
    this.code = error.code;
    this.where = error.where;
    this.mend = error.mend;
  }
}

export const unreachable = (): ApiError => new ApiError(0, { code: "unreachable", what: "The server does not answer.", where: location.host, mend: "See whether it runs: millrace up" });

/** Any failure as one that can be shown. */
export function asApiError(error: unknown): ApiError {
  if (error instanceof ApiError) return error;
  if (isTold(error)) return new ApiError(0, error);
  return new ApiError(0, { code: "page", what: error instanceof Error ? error.message : String(error), where: "this page", mend: "Load the page anew." });
}

/** An error that came inside of an answer, as a part of what is shown. */
const isTold = (error: unknown): error is SaidError => typeof error === "object" && error !== null && "mend" in error && "what" in error;
