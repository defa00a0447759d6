/** Requests that need vouchers, with a wrong signature in the place of an entry made for others. */
import type { Authenticator } from "../../contract/authenticator.ts";
import type { ReplicaOptions } from "../../contract/protocol.ts";
import { signedVariant } from "../certificates/signed-variant.ts";
import { Bed, type Sent } from "../pbft.fixture.ts";
import { decodeRelaySet, encodeRelaySet, FETCH_REQUEST, RELAY_SET } from "../relays/messages.ts";
import { RelaySets } from "../relays/relay-sets.ts";
import { PbftReplica } from "../replica.ts";
import type { ReplicaState } from "../replica-state.ts";
import type { Variant } from "../variant.ts";
import { fetchRequestRoute } from "./fetching-requests.ts";
import { VouchedRequests } from "./vouching.ts";

export function vouchingVariant(state: ReplicaState, authenticator: Authenticator): Variant {
  const signed = signedVariant(state, authenticator);
  const sets = new RelaySets(state);
  const requests = new VouchedRequests(state, sets, "primary");
  return {
    ...signed,
    get target() {
      return state.checkpoints.stable;
    },
    requests,
    routes: new Map([
      ...signed.routes,
      [RELAY_SET, sets.route({ ofClients: requests.hearOf, ofReplicas: undefined })],
      [FETCH_REQUEST, fetchRequestRoute(state)],
    ]),
    mayBeOrdered: (request, vote) => requests.mayBeOrdered(request, vote),
  };
}

export const createReplica = (options: ReplicaOptions) =>
  new PbftReplica(options, (state) => vouchingVariant(state, options.authenticator));
export const bedOf = (id: number) => new Bed(id, {}, createReplica);

/** The client's own words, and nothing here that shows it. */
export function unproven(frame: Uint8Array): Uint8Array {
  const spoilt = frame.slice();
  const at = spoilt.length - 1;
  spoilt[at] = (spoilt[at] ?? 0) ^ 1;
  return spoilt;
}

export function relay(bed: Bed, by: number, ...frames: readonly Uint8Array[]): Uint8Array {
  const statements = bed.batch(...frames).requests.map(({ client, timestamp, digest }) => ({
    author: client,
    slot: timestamp,
    digest,
  }));
  return bed.envelopes(by).seal({ type: RELAY_SET, payload: encodeRelaySet(statements) }, "all");
}

export function relayed(sent: readonly Sent[]): number {
  const sets = sent.filter(({ type }) => type === RELAY_SET);
  return sets.reduce((sum, { envelope }) => {
    return sum + (decodeRelaySet(envelope.payload)?.length ?? 0);
  }, 0);
}
