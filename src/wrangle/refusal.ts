import { sqlText } from "../lake/duckdb.ts";

/*
 * A statement of ours that finds, while it runs, that it must not go on. A function that fails on purpose is open to nobody;
 * a cast of a message that cannot be has its effect, and the engine gives the message back.
 */

const mark = "millrace-refused: ";

/** Null where `reason` is, else the end of the statement. @param reason - SQL of a text */
export const refusedSql = (reason: string): string => `cast(${sqlText(mark)} || (${reason}) as BIGINT)`;

/** The reason, in what the engine says; undefined where there is none. */
export function refusalIn(message: string): string | undefined {
  return new RegExp(`string '${mark}([\\s\\S]*)' to INT64`).exec(message)?.[1];
}
