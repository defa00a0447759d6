/** One line per protocol and per service; everything else derives from these lists. */

import type { Protocol } from "./protocols/contract/protocol.ts";
import type { ServiceDefinition } from "./protocols/contract/service.ts";
import { pbftSig } from "./protocols/pbft/variants/pbft-sig.ts";
import { unreplicated } from "./protocols/unreplicated/unreplicated.ts";
import { kv } from "./services/kv.ts";
import { nullService } from "./services/null.ts";

export const protocols: readonly Protocol[] = [pbftSig, unreplicated];
export const services: readonly ServiceDefinition[] = [nullService, kv];

/** @throws RangeError if there is none */
export function protocolNamed(name: string): Protocol {
  const protocol = protocols.find((candidate) => candidate.name === name);
  if (protocol === undefined) throw new RangeError(`there is no protocol ${name}`);
  return protocol;
}
