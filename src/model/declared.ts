import type { Definition } from "./definition.ts";

const observer = Symbol.for("millrace.declared");

/**
 * Every declaration passes here on its way to the user. Whoever reads a project watches, and so can tell the user of a
 * stage that was declared but not exported; in any other process nobody does, and nothing is kept.
 */
export function declared<D extends Definition>(definition: D): D {
  (globalThis as { [observer]?: (definition: Definition) => void })[observer]?.(definition);
  return definition;
}

/** Calls `watch` for every declaration made from now on, by whichever copy of the package. */
export function watchDeclarations(watch: (definition: Definition) => void): void {
  (globalThis as { [observer]?: (definition: Definition) => void })[observer] = watch;
}
