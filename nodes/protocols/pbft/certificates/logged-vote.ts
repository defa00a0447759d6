/** A vote out of the own log. */
import type { AuthenticationScheme, Content } from "../../authentication/scheme.ts";
import type { NodeId } from "../../contract/core.ts";
import { expectStored } from "../../stored-record.ts";
import { decodeVote, type Vote } from "../messages.ts";

interface LoggedVote extends Vote {
  readonly sender: NodeId;
  readonly content: Content;
}

export function loggedVote(scheme: AuthenticationScheme, frame: Uint8Array): LoggedVote {
  const envelope = scheme.open(frame);
  const vote = envelope && decodeVote(envelope.payload);
  expectStored(envelope !== null && vote !== null, "its vote is malformed");
  const { type, payload, sender } = envelope;
  return { ...vote, sender, content: { type, payload } };
}
