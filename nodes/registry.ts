/** One line per protocol and per service; everything else derives from these lists. */

import type { Model } from "./protocols/contract/model.ts";
import type { Protocol } from "./protocols/contract/protocol.ts";
import type { ServiceDefinition } from "./protocols/contract/service.ts";
import { pbftMac } from "./protocols/pbft/variants/pbft-mac.ts";
import { pbftMacProof } from "./protocols/pbft/variants/pbft-mac-proof.ts";
import { pbftRelay } from "./protocols/pbft/variants/pbft-relay.ts";
import { pbftSig } from "./protocols/pbft/variants/pbft-sig.ts";
import { unreplicated } from "./protocols/unreplicated/unreplicated.ts";
import { kv } from "./services/kv.ts";
import { casRegister } from "./services/models/cas-register.ts";
import { nullService } from "./services/null.ts";
import { nullKv } from "./services/null-kv.ts";

export const protocols: readonly Protocol[] = [
  pbftSig,
  pbftMac,
  pbftMacProof,
  pbftRelay,
  unreplicated,
];
export const services: readonly ServiceDefinition[] = [nullService, nullKv, kv];
/**
 * Those of the services, of which several may share one, and those that only histories from
 * elsewhere are judged by.
 */
export const models: readonly Model[] = [
  ...new Set([casRegister, ...services.flatMap(({ model }) => model ?? [])]),
];
/** Of a scenario or an exploration that names none. */
export const defaults = { protocol: pbftSig.name, service: kv.name } as const;

/** @throws RangeError if there is none */
export function protocolNamed(name: string): Protocol {
  return named(protocols, name);
}

/** @throws RangeError if there is none */
export function serviceNamed(name: string): ServiceDefinition {
  return named(services, name);
}

function named<Entry extends { readonly name: string }>(
  entries: readonly Entry[],
  name: string,
): Entry {
  const entry = entries.find((candidate) => candidate.name === name);
  if (entry === undefined) throw new RangeError(`nothing is registered as ${name}`);
  return entry;
}
