/** A larger copy of a typed array. */
export function grown<A extends Float64Array | Int32Array | Uint8Array>(from: A, length: number): A {
  const to = new (from.constructor as new (length: number) => A)(length);
  to.set(from as never);
  return to;
}
