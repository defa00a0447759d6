/** What a replica keeps up beside its protocol: it has messages, records and a turn a period. */
import type { Reader } from "../wire/codec.ts";
import type { Route } from "./route.ts";

export interface Upkeep {
  readonly routes: ReadonlyMap<number, Route>;
  /** What a log that is written anew keeps. */
  records(): readonly Uint8Array[];
  /** @returns false if the record is none of its own */
  readBack(kind: number, body: Reader): boolean;
  /** The log was read, and the replica speaks from now on. */
  started(): void;
  /** Once in a STATUS period. */
  period(): void;
}
