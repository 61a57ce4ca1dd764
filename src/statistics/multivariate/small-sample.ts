/*
 * What covariances of few rows lack. The determinant is made smallest by choice, so the core of few clean rows is closer together than that of many; Pison,
 * Van Aelst and Willems (2002), "Small sample corrections for LTS and MCD", measured by how much, and gave formulas that R's robustbase uses too.
 */

/** What a formula 1 - exp(a) / n^b holds of covariances of n rows: a and b, for cores of half of the rows and of seven in eight. */
type Lack = readonly [a: number, b: number];
interface Lacks {
  half: Lack;
  mostly: Lack;
}

/** Of three columns and more a formula 1 + c / p^d says what is lacking at q p^2 rows: c, d and q, at two places each. */
type AtRows = readonly [c: number, d: number, q: number];
interface Measured {
  one: Lacks;
  two: Lacks;
  more: { half: readonly [AtRows, AtRows]; mostly: readonly [AtRows, AtRows] };
}

const ofCore: Measured = {
  one: { half: [0.262024211897096, 0.604756680630497], mostly: [-0.351584646688712, 1.01646567502486] },
  two: { half: [0.673292623522027, 0.691365864961895], mostly: [0.446537815635445, 1.06690782995919] },
  more: {
    half: [[-1.42764571687802, 1.26263336932151, 2], [-1.06141115981725, 1.28907991440387, 3]],
    mostly: [[-0.455179464070565, 1.11192541278794, 2], [-0.294241208320834, 1.09649329149811, 3]],
  },
};

const ofReweighted: Measured = {
  one: { half: [1.11098143415027, 1.5182890270453], mostly: [-0.66046776772861, 0.88939595831888] },
  two: { half: [3.11101712909049, 1.91401056721863], mostly: [0.79473550581058, 1.10081930350091] },
  more: {
    half: [[-1.02842572724793, 1.67659883081926, 2], [-0.26800273450853, 1.35968562893582, 3]],
    mostly: [[-0.544482443573914, 1.25994483222292, 2], [-0.343791072183285, 1.25159004257133, 3]],
  },
};

/** What the covariance of a core of `h` of `rows` rows is to be multiplied by: above 1, and 1 for all rows. */
export function smallSampleFactor(h: number, rows: number, columns: number): number {
  return factor(ofCore, h, rows, columns);
}

/** The same for the covariance of the rows that are near by that core. */
export function reweightedSmallSampleFactor(h: number, rows: number, columns: number): number {
  return factor(ofReweighted, h, rows, columns);
}

/** Linear between half of the rows, seven in eight, and all. Below 3 p + 2 rows the formulas end, some below 0: what they say there is taken for fewer too. */
function factor(measured: Measured, h: number, rows: number, columns: number): number {
  const n = Math.max(rows, 3 * columns + 2);
  const least = Math.floor((rows + columns + 1) / 2);
  const share = h >= rows ? 1 : 0.5 + (h - least) / (2 * (rows - least));
  const lacks = lacksOf(measured, columns);
  const [half, mostly] = [present(lacks.half, n), present(lacks.mostly, n)];
  return 1 / (share <= 0.875 ? half + ((mostly - half) * (share - 0.5)) / 0.375 : mostly + ((1 - mostly) * (share - 0.875)) / 0.125);
}

function lacksOf({ one, two, more }: Measured, columns: number): Lacks {
  if (columns <= 2) return columns === 1 ? one : two;
  return { half: through(more.half, columns), mostly: through(more.mostly, columns) };
}

/** The formula in n that says at both places what is measured there. */
function through(places: readonly [AtRows, AtRows], columns: number): Lack {
  const [[x, y], [toX, toY]] = places.map(([c, d, q]) => [Math.log(q * columns ** 2), Math.log(-c / columns ** d)]);
  const b = (y - toY) / (toX - x);
  return [y + b * x, b];
}

const present = ([a, b]: Lack, n: number): number => 1 - Math.exp(a) / n ** b;
