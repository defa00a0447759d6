import type { NodeAuthenticator } from "../../../nodes/protocols/contract/authenticator.ts";
import { clientId } from "../../../nodes/protocols/contract/core.ts";
import type { CreateAuthenticator } from "./authenticators.ts";
import type { SpoilingClient } from "./schedule.ts";

/** The keys of everybody, of which that client makes tags that do not convince its victims. */
export function spoiltFor(
  create: CreateAuthenticator,
  { client, replicas }: SpoilingClient,
): CreateAuthenticator {
  const spoiler = clientId({ host: 0, index: client + 1 });
  return (node) => (node === spoiler ? spoilt(create(node), replicas) : create(node));
}

function spoilt(keys: NodeAuthenticator, victims: readonly number[]): NodeAuthenticator {
  return {
    self: keys.self,
    exchange: keys.exchange,
    digest: (bytes) => keys.digest(bytes),
    sign: (bytes) => keys.sign(bytes),
    verify: (signer, bytes, signature) => keys.verify(signer, bytes, signature),
    checkTag: (sender, bytes, tag) => keys.checkTag(sender, bytes, tag),
    tag(receiver, bytes) {
      const tag = keys.tag(receiver, bytes);
      return victims.includes(receiver) ? tag.map((byte) => byte ^ 1) : tag;
    },
  };
}
