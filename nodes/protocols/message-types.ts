/** Every type of message by its name on the page of messages: one name is one byte everywhere. */
import { CLAIM_MESSAGE_TYPES } from "./pbft/claims/messages.ts";
import { PBFT_MESSAGE_TYPES } from "./pbft/messages.ts";
import { PROVE, VOUCH } from "./pbft/proofs/messages.ts";
import { FETCH_REQUEST, RELAY_SET } from "./pbft/relays/messages.ts";
import { NEW_KEY } from "./pbft/session-keys/new-key.ts";

export const MESSAGE_TYPES: Readonly<Record<string, number>> = {
  ...PBFT_MESSAGE_TYPES,
  ...CLAIM_MESSAGE_TYPES,
  "RELAY-SET": RELAY_SET,
  "FETCH-REQUEST": FETCH_REQUEST,
  "NEW-KEY": NEW_KEY,
  VOUCH,
  PROVE,
};
