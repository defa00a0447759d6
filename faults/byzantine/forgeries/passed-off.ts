/**
 * A liar passes off any bytes as proof; only who reads them can tell. Honest code has no such way:
 * there a `ProofFrame` comes from a scheme alone.
 */
import type { ProofFrame } from "../../../nodes/protocols/authentication/scheme.ts";
import type { NewView, ViewChange } from "../../../nodes/protocols/pbft/messages.ts";

export function passedOff(message: ViewChange<Uint8Array>): ViewChange;
export function passedOff(message: NewView<Uint8Array>): NewView;
export function passedOff(
  message: ViewChange<Uint8Array> | NewView<Uint8Array>,
): ViewChange | NewView {
  return message as ViewChange<ProofFrame> | NewView<ProofFrame>;
}
