/** Versions of a table that are learnt from before anything is said. */
export const warmUp = 12;
