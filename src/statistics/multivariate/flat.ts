/** In robust units a column of rows that belong together varies by about 1. Beyond this an outlier is among them. */
const variancePlain = 1e6;

/**
 * The logarithm of the determinant of rows of which one column seems to follow from others. Rows that vary in plain measure lie on a plane: none is smaller.
 * Otherwise an outlier so far out is among them that rounding hides all else; the determinant is great, and how great does not matter.
 *
 * @param variance - of the column, in units of its robust spread
 */
export function determinantOfDependent(variance: number): number {
  return variance <= variancePlain ? Number.NEGATIVE_INFINITY : Number.POSITIVE_INFINITY;
}
