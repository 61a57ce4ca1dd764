import type { Way } from "./way.ts";

const sweepsMax = 12;
/** So many sweeps that better nothing, and it ends. */
const vainMax = 3;

/**
 * Boxes of each layer from top to bottom, so that few ways cross: each goes where the middle of its neighbours is, to the
 * right and to the left by turns, and the best order that was seen is kept.
 * @param ways - between boxes of layers that stand side by side
 */
export function orderOf(layers: readonly number[][], count: number, ways: readonly Way[]): number[][] {
  const before = Array.from({ length: count }, (): number[] => []);
  const behind = Array.from({ length: count }, (): number[] => []);
  for (const [from, to] of ways) {
    behind[from].push(to);
    before[to].push(from);
  }
  const rows = new Int32Array(count);
  let order = numbered(firstOrder(layers, count, behind), rows);
  let best = order;
  let fewest = crossings(order, behind, rows);
  for (let sweep = 0, vain = 0; sweep < sweepsMax && vain < vainMax && fewest > 0; sweep++) {
    const toRight = sweep % 2 === 0;
    order = swept(order, toRight ? before : behind, rows, toRight);
    const now = crossings(order, behind, rows);
    vain = now < fewest ? 0 : vain + 1;
    if (vain > 0) continue;
    fewest = now;
    best = order;
  }
  return best;
}

/** As a walk along the ways comes to them: what belongs together stands together. */
function firstOrder(layers: readonly number[][], count: number, behind: readonly number[][]): number[][] {
  const layerOf = new Int32Array(count);
  for (const [layer, boxes] of layers.entries()) for (const box of boxes) layerOf[box] = layer;
  const order = layers.map((): number[] => []);
  const seen = new Uint8Array(count);
  const stack = layers.flat().reverse();
  for (let box = stack.pop(); box !== undefined; box = stack.pop()) {
    if (seen[box] !== 0) continue;
    seen[box] = 1;
    order[layerOf[box]].push(box);
    for (const to of behind[box].toReversed()) if (seen[to] === 0) stack.push(to);
  }
  return order;
}

function numbered(order: number[][], rows: Int32Array): number[][] {
  for (const layer of order) for (const [row, box] of layer.entries()) rows[box] = row;
  return order;
}

function swept(order: readonly number[][], neighbours: readonly number[][], rows: Int32Array, toRight: boolean): number[][] {
  const next = order.map((layer) => [...layer]);
  const means = new Float64Array(rows.length);
  for (const layer of toRight ? next : next.toReversed()) {
    for (const box of layer) {
      const near = neighbours[box];
      // What has no neighbours on that side stays about where it is.
      means[box] = near.length === 0 ? rows[box] : near.reduce((sum, each) => sum + rows[each], 0) / near.length;
    }
    layer.sort((a, b) => means[a] - means[b] || rows[a] - rows[b]);
    for (const [row, box] of layer.entries()) rows[box] = row;
  }
  return next;
}

/** How many pairs of ways cross, counted by a tree of sums over the rows. */
function crossings(order: readonly number[][], behind: readonly number[][], rows: Int32Array): number {
  numbered(order as number[][], rows);
  let crossed = 0;
  for (let layer = 0; layer + 1 < order.length; layer++) {
    const sums = new Int32Array(order[layer + 1].length + 1);
    let above = 0;
    for (const box of order[layer]) {
      const ends = behind[box].map((to) => rows[to]);
      for (const row of ends) crossed += above - sumTo(sums, row);
      for (const row of ends) {
        above++;
        for (let i = row + 1; i < sums.length; i += i & -i) sums[i]++;
      }
    }
  }
  return crossed;
}

/** How many ends were counted in rows 0 to `row`. */
function sumTo(sums: Int32Array, row: number): number {
  let sum = 0;
  for (let i = row + 1; i > 0; i -= i & -i) sum += sums[i];
  return sum;
}
