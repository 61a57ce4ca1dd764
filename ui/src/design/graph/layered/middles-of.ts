import type { Way } from "./way.ts";

const sweeps = 6;

/**
 * Where the middle of each box is from the top, so that ways are as straight as the order and the gaps let them be.
 * @param gap - between two boxes of a layer, one above the other
 */
export function middlesOf(order: readonly number[][], heights: ArrayLike<number>, ways: readonly Way[], gap: (above: number, below: number) => number): Float64Array {
  const middles = new Float64Array(heights.length);
  const near = [before(ways, heights.length, 1), before(ways, heights.length, 0)];
  const apart = (above: number, below: number): number => (heights[above] + heights[below]) / 2 + gap(above, below);
  for (const layer of order) place(layer, layer.map(() => 0), apart, middles);
  for (let sweep = 0; sweep < sweeps; sweep++) {
    const sides = sweep === sweeps - 1 ? near : [near[sweep % 2]];
    for (const layer of sweep % 2 === 0 ? order : order.toReversed()) {
      const wishes = layer.map((box) => meanOf(sides.flatMap((side) => side[box]), middles) ?? middles[box]);
      place(layer, wishes, apart, middles);
    }
  }
  return middles;
}

function before(ways: readonly Way[], count: number, end: 0 | 1): number[][] {
  const near = Array.from({ length: count }, (): number[] => []);
  for (const way of ways) near[way[end]].push(way[1 - end]);
  return near;
}

const meanOf = (boxes: readonly number[], middles: Float64Array): number | undefined => (boxes.length === 0 ? undefined : boxes.reduce((sum, box) => sum + middles[box], 0) / boxes.length);

/** Puts a layer as near to its wishes as can be, by least squares: those that would run into each other are moved as one block, by the mean of what they wish. */
function place(layer: readonly number[], wishes: readonly number[], apart: (above: number, below: number) => number, middles: Float64Array): void {
  const offsets: number[] = [];
  const blocks: { from: number; count: number; mean: number }[] = [];
  for (const [i, box] of layer.entries()) {
    offsets.push(i === 0 ? 0 : offsets[i - 1] + apart(layer[i - 1], box));
    let block = { from: i, count: 1, mean: wishes[i] - offsets[i] };
    for (let last = blocks.at(-1); last !== undefined && last.mean > block.mean; last = blocks.at(-1)) {
      blocks.pop();
      const count = last.count + block.count;
      block = { from: last.from, count, mean: (last.mean * last.count + block.mean * block.count) / count };
    }
    blocks.push(block);
  }
  for (const { from, count, mean } of blocks) for (let i = from; i < from + count; i++) middles[layer[i]] = mean + offsets[i];
}
