/** A line between boxes, or between layers of them, by their numbers: from, to. */
export type Way = [from: number, to: number];
