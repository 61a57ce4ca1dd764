import { dummyDates, dummyNumbers as sureNumbers, dummyTexts as sureTexts } from "../../wrangle/steps/clean/dummies.ts";

/*
 * What people look at when they are told that it may stand for no value: what a step makes null without being asked for each,
 * and what is a value as often as not.
 */

/** In lower case. Texts without characters are told of by themselves. */
const dummyTexts: ReadonlySet<string> = new Set([...sureTexts.filter((text) => text !== ""), "na", "none", "nul", "unk", "xxx", "xx", "dummy", "test"]);

/** Numbers that stand for none, where no other value is like them. */
export const dummyNumbers: ReadonlySet<number> = new Set([...sureNumbers, -99999, -999999, 99, 999, 99999999, 999999999, -2147483648, 2147483647]);

/** Days that stand for none: ends of calendars, and where computers begin to count. */
export const dummyDays: ReadonlySet<string> = new Set([...dummyDates, "2999-12-31", "2099-12-31", "1899-12-31", "1970-01-01"]);

export const isDummyText = (text: string): boolean => dummyTexts.has(text.trim().toLowerCase());
