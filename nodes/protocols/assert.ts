/** A broken invariant of our own state: a bug, never something a peer sent. */
export class AssertionError extends Error {
  override readonly name = "AssertionError";
}

/** Always on. The message carries the values that broke it. */
export function assert(condition: boolean, message: string | (() => string)): asserts condition {
  if (!condition) throw new AssertionError(typeof message === "string" ? message : message());
}
