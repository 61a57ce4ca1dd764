/** A binary heap: the least first, and of equals the one that came first. */
export class Heap<T> {
  readonly #items: { item: T; key: number; order: number }[] = [];
  #order = 0;

  get size(): number {
    return this.#items.length;
  }

  /** The least key; undefined when empty. */
  get key(): number | undefined {
    return this.#items[0]?.key;
  }

  peek(): T | undefined {
    return this.#items[0]?.item;
  }

  push(key: number, item: T): void {
    const items = this.#items;
    const added = { item, key, order: this.#order++ };
    let at = items.length;
    items.push(added);
    while (at > 0) {
      const parent = (at - 1) >> 1;
      if (!less(added, items[parent])) break;
      items[at] = items[parent];
      at = parent;
    }
    items[at] = added;
  }

  pop(): T | undefined {
    const items = this.#items;
    const first = items[0];
    const last = items.pop();
    if (first === undefined || last === undefined || items.length === 0) return first?.item;
    let at = 0;
    for (;;) {
      let child = 2 * at + 1;
      if (child >= items.length) break;
      if (child + 1 < items.length && less(items[child + 1], items[child])) child++;
      if (!less(items[child], last)) break;
      items[at] = items[child];
      at = child;
    }
    items[at] = last;
    return first.item;
  }
}

function less(a: { key: number; order: number }, b: { key: number; order: number }): boolean {
  return a.key < b.key || (a.key === b.key && a.order < b.order);
}
