/** Everything that `parts` is asked to write fails once `calls` are used up: what a process sees that is killed there is all that comes before. */
export function mortal<T extends object>(parts: T, methods: readonly string[], life: { calls: number }): T {
  return new Proxy(parts, {
    get(target, name) {
      const value = Reflect.get(target, name) as unknown;
      if (typeof value !== "function") return value;
      if (!methods.includes(String(name))) return value.bind(target);
      return (...args: unknown[]) => {
        if (life.calls-- <= 0) throw new Error("killed");
        return value.apply(target, args);
      };
    },
  });
}
