export interface Check {
  name: string;
  state: "ok" | "warn" | "fail";
  /** What was found. */
  what: string;
  /** What to do; with `warn` and `fail` alone. */
  mend?: string;
}

export const ok = (name: string, what: string): Check => ({ name, state: "ok", what });
export const warn = (name: string, what: string, mend: string): Check => ({ name, state: "warn", what, mend });
export const fail = (name: string, what: string, mend: string): Check => ({ name, state: "fail", what, mend });

/** A check that throws has failed: doctor goes on with the next. */
export async function attempt(name: string, mend: string, check: () => Promise<Check> | Check): Promise<Check> {
  try {
    return await check();
  } catch (error) {
    return fail(name, error instanceof Error ? error.message.split("\n")[0] : String(error), mend);
  }
}
