/** Bodies out of the own log. */
import { expectStored } from "../stored-record.ts";
import { loggedBatch } from "../wire/request.ts";
import type { Slot } from "./log.ts";
import type { ReplicaState } from "./replica-state.ts";

export function keepLoggedBody(state: ReplicaState, slot: Slot, bytes: Uint8Array): void {
  const batch = loggedBatch(state.scheme, bytes);
  expectStored(batch !== null, "its batch is malformed");
  slot.bodies.set(batch.digest, batch);
}
