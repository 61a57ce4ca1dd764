import type { Way } from "./way.ts";

/** Ways without those that lead back: each way that would close a circle is turned round. Ways from a box to itself are left out. */
export function withoutCircles(count: number, ways: readonly Way[]): Way[] {
  const next = Array.from({ length: count }, (): number[] => []);
  for (const [from, to] of ways) if (from !== to) next[from].push(to);
  const state = new Uint8Array(count);
  const kept: Way[] = [];
  for (let root = 0; root < count; root++) {
    if (state[root] !== 0) continue;
    // Not by calls of itself: a chain may be longer than the stack is deep.
    const stack: { at: number; step: number }[] = [{ at: root, step: 0 }];
    state[root] = 1;
    for (let top = stack.at(-1); top !== undefined; top = stack.at(-1)) {
      const to = next[top.at][top.step++];
      if (to === undefined) {
        state[top.at] = 2;
        stack.pop();
        continue;
      }
      kept.push(state[to] === 1 ? [to, top.at] : [top.at, to]);
      if (state[to] !== 0) continue;
      state[to] = 1;
      stack.push({ at: to, step: 0 });
    }
  }
  return kept;
}

/** The layer of each box: right of all that leads to it, and what nothing leads to close before what it leads to. */
export function layersOf(count: number, ways: readonly Way[]): Int32Array {
  const next = Array.from({ length: count }, (): number[] => []);
  const waiting = new Int32Array(count);
  for (const [from, to] of ways) {
    next[from].push(to);
    waiting[to]++;
  }
  const layers = new Int32Array(count);
  const order = [...layers.keys()].filter((box) => waiting[box] === 0);
  const sources = [...order];
  for (let i = 0; i < order.length; i++) {
    for (const to of next[order[i]]) {
      layers[to] = Math.max(layers[to], layers[order[i]] + 1);
      if (--waiting[to] === 0) order.push(to);
    }
  }
  for (const box of sources) if (next[box].length > 0) layers[box] = Math.min(...next[box].map((to) => layers[to])) - 1;
  return layers;
}
