/** One line per protocol and per service; everything else derives from these lists. */
import { pbftSig } from "./protocols/pbft/pbft.ts";
import type { Protocol } from "./protocols/protocol.ts";
import type { ServiceDefinition } from "./protocols/service.ts";
import { unreplicated } from "./protocols/unreplicated/unreplicated.ts";
import { kv } from "./services/kv.ts";
import { nullService } from "./services/null.ts";

export const protocols: readonly Protocol[] = [pbftSig, unreplicated];
export const services: readonly ServiceDefinition[] = [nullService, kv];
