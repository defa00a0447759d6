/** A protocol of which one client is bad (faults §6.4): the same in every world. */
import type { NodeId } from "../../../nodes/protocols/contract/core.ts";
import type { Protocol } from "../../../nodes/protocols/contract/protocol.ts";
import { BadClient } from "./bad-client.ts";

export interface BadClientParts {
  /** Who it is; all other clients are honest. */
  readonly id: NodeId;
  /** What it asks for, again and again: it changes nothing. */
  readonly operation: Uint8Array;
}

export interface WithBadClient {
  readonly protocol: Protocol;
  /** Frames of each attack so far. */
  readonly acts: () => Readonly<Record<string, number>>;
}

export function withBadClient(
  protocol: Protocol,
  { id, operation }: BadClientParts,
): WithBadClient {
  let made: BadClient | null = null;
  return {
    protocol: {
      ...protocol,
      createClient(options) {
        if (options.id !== id) return protocol.createClient(options);
        made = new BadClient({ ...options, protocol: protocol.name, operation });
        return made;
      },
    },
    acts: () => made?.counters ?? {},
  };
}
