import type { KdTree } from "./kd-tree.ts";

/** Looks up neighbours in a tree. Holds what one look-up at a time needs, so that a hundred thousand of them allocate nothing. */
export class NearestSearch {
  /** After `nearest`: the points found, ascending by distance, as their places in the order of the tree. */
  readonly found: Uint32Array;
  /** Their squared distances. */
  readonly distances: Float64Array;
  readonly #tree: KdTree;
  /** Nodes that wait for their turn, and how far their boxes are. */
  readonly #nodes: Uint32Array;
  readonly #nodeDistances: Float64Array;

  /** @param k - how many neighbours to find: fewer than the tree has points */
  constructor(tree: KdTree, k: number) {
    this.#tree = tree;
    this.found = new Uint32Array(k);
    this.distances = new Float64Array(k);
    this.#nodes = new Uint32Array(tree.levels + 1);
    this.#nodeDistances = new Float64Array(tree.levels + 1);
  }

  /** Finds the `k` points nearest to the point at `self`, but for that one. */
  nearest(self: number): void {
    const { points, columns, levels, boxes, widest } = this.#tree;
    const { distances } = this;
    const nodes = this.#nodes;
    const nodeDistances = this.#nodeDistances;
    const leaves = 2 ** levels - 1;
    const width = 2 * columns;
    const at = self * columns;
    distances.fill(Number.POSITIVE_INFINITY);
    nodes[0] = 0;
    nodeDistances[0] = 0;
    for (let waiting = 1; waiting > 0; ) {
      waiting--;
      let node = nodes[waiting];
      if (nodeDistances[waiting] >= distances[0]) continue;
      // Down to the nearer child each time; the other one waits, unless it is too far already.
      while (node < leaves) {
        const left = 2 * node + 1;
        const column = widest[node];
        const value = points[at + column];
        const leftFirst = value - boxes[left * width + columns + column] <= boxes[(left + 1) * width + column] - value;
        node = leftFirst ? left : left + 1;
        nodes[waiting] = leftFirst ? left + 1 : left;
        nodeDistances[waiting] = boxDistance(points, at, boxes, nodes[waiting] * width, columns);
        if (nodeDistances[waiting] < distances[0]) waiting++;
      }
      if (boxDistance(points, at, boxes, node * width, columns) < distances[0]) this.#scan(self, node);
    }
    this.#sort();
  }

  /** Every point of at most this squared distance from the point at `self`, but for that one; in the order of the tree. */
  within(self: number, distance: number): { found: number[]; distances: number[] } {
    const { points, columns, levels, boxes, first, end } = this.#tree;
    const found: number[] = [];
    const distances: number[] = [];
    const visit = (node: number): void => {
      if (boxDistance(points, self * columns, boxes, node * 2 * columns, columns) > distance) return;
      if (node < 2 ** levels - 1) {
        visit(2 * node + 1);
        visit(2 * node + 2);
        return;
      }
      for (let other = first[node]; other < end[node]; other++) {
        const far = pointDistance(points, self * columns, other * columns, columns);
        if (far > distance || other === self) continue;
        found.push(other);
        distances.push(far);
      }
    };
    visit(0);
    return { found, distances };
  }

  #scan(self: number, leaf: number): void {
    const { points, columns, first, end } = this.#tree;
    const { distances } = this;
    const to = end[leaf];
    let furthest = distances[0];
    for (let other = first[leaf]; other < to; other++) {
      const distance = pointDistance(points, self * columns, other * columns, columns);
      if (distance >= furthest || other === self) continue;
      this.#replaceFurthest(distance, other, distances.length);
      furthest = distances[0];
    }
  }

  /** The first `size` found are a heap with the furthest on top: puts a nearer one in its place. */
  #replaceFurthest(distance: number, other: number, size: number): void {
    const { distances, found } = this;
    let hole = 0;
    for (;;) {
      let child = 2 * hole + 1;
      if (child >= size) break;
      if (child + 1 < size && distances[child + 1] > distances[child]) child++;
      if (distances[child] <= distance) break;
      distances[hole] = distances[child];
      found[hole] = found[child];
      hole = child;
    }
    distances[hole] = distance;
    found[hole] = other;
  }

  /** Heapsort: the furthest goes to the end, again and again. */
  #sort(): void {
    const { distances, found } = this;
    for (let size = distances.length - 1; size > 0; size--) {
      const distance = distances[size];
      const other = found[size];
      distances[size] = distances[0];
      found[size] = found[0];
      this.#replaceFurthest(distance, other, size);
    }
  }
}

function pointDistance(points: Float64Array, a: number, b: number, columns: number): number {
  let distance = 0;
  for (let column = 0; column < columns; column++) {
    const difference = points[a + column] - points[b + column];
    distance += difference * difference;
  }
  return distance;
}

/** The squared distance of a point from a box; 0 inside. */
function boxDistance(points: Float64Array, at: number, boxes: Float64Array, box: number, columns: number): number {
  let distance = 0;
  for (let column = 0; column < columns; column++) {
    const value = points[at + column];
    const below = boxes[box + column] - value;
    const above = value - boxes[box + columns + column];
    const outside = below > 0 ? below : above > 0 ? above : 0;
    distance += outside * outside;
  }
  return distance;
}
