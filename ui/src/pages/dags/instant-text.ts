const format = new Intl.DateTimeFormat(undefined, { year: "numeric", month: "short", day: "2-digit", hour: "2-digit", minute: "2-digit", hourCycle: "h23" });
const short = new Intl.DateTimeFormat(undefined, { month: "short", day: "2-digit" });

/** A moment in the viewer's zone, for where no element can stand. */
export const instantText = (at: string): string => format.format(new Date(at));

/** Its day alone: Jan 31. */
export const dayText = (at: string): string => short.format(new Date(at));
