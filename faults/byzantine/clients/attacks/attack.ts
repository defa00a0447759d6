import type { NodeId } from "../../../../nodes/protocols/contract/core.ts";
import type { BadRequest } from "../../forgeries/client-requests.ts";

/** Whom it tells, and the how manieth time it is. */
export interface Turn {
  readonly replicas: readonly NodeId[];
  /** From 1, of all attacks of the client together: no two have one. */
  readonly turn: number;
  /** The turn in which this attack began. */
  readonly first: number;
}

/** What a client asks for changes nothing, but where it says another one. */
export type AttackRequest = Omit<BadRequest, "operation"> & Pick<Partial<BadRequest>, "operation">;

export interface ClientAttack {
  /** The value of `attack:` in YAML, whatever the protocol. */
  readonly name: string;
  readonly summary: string;
  /** From one turn to the next; where it is left out twenty times a second. */
  readonly everyMs?: number;
  requests(turn: Turn): readonly AttackRequest[];
}
