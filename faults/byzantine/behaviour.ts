/**
 * The contract of a Byzantine behaviour: it stands between an honest core and the world, sees what
 * comes in, rewrites what goes out, and may speak when the core does not. It may forge whatever
 * this replica could sign, and nothing else: the only key it holds is its own.
 */
import type { z } from "zod";
import type { Signatures } from "../../nodes/protocols/authentication/signatures.ts";
import type { Input, NodeId } from "../../nodes/protocols/contract/core.ts";
import type { ClusterParameters } from "../../nodes/protocols/contract/protocol.ts";
import type { Envelope } from "../../nodes/protocols/wire/envelope.ts";

export interface BehaviourContext {
  readonly id: NodeId;
  readonly cluster: ClusterParameters;
  /** Opens everybody's messages, seals with this replica's own key. */
  readonly envelopes: Signatures;
}

/** What a behaviour does of its own accord, beside rewriting what the honest core sends. */
export interface Acts {
  /** As if the core had sent it: behaviours further down the line rewrite it. */
  send(to: NodeId, frame: Uint8Array): void;
  /** (Re)arms its one timer. */
  wakeAfter(ms: number): void;
}

/** There is no randomness here, and no clock: the same calls have the same answers. */
export interface Behaviour {
  /** Once, at the first step of the replica that finds it switched on. */
  begin?(acts: Acts): void;
  /** Everything the honest core takes in, before it does. */
  observe?(input: Input, acts: Acts): void;
  /** Its timer has expired; nothing else did. */
  wake?(acts: Acts): void;
  /**
   * One frame on its way to one node; a broadcast comes once per peer, so peers can be told
   * different things. Without it everything passes.
   * @returns what is sent in its stead: the frame itself to let it pass, nothing to swallow it
   */
  rewrite?(to: NodeId, frame: Uint8Array): readonly Uint8Array[];
}

export interface BehaviourDefinition<Parameters extends z.ZodObject = z.ZodObject> {
  /** The value of `behaviour:` in YAML. */
  readonly name: string;
  readonly summary: string;
  /** It lies at once, whoever does it and whatever else happens: fit to be drawn at random. */
  readonly eager?: true;
  /** Strict; plain JSON in and out, so that a plan can hold what was parsed. */
  readonly schema: Parameters;
  /** Parameters that lie in different ways, for random schedules; without them the defaults. */
  readonly variants?: readonly z.input<Parameters>[];
  create(parameters: z.output<Parameters>, context: BehaviourContext): Behaviour;
}

export function defineBehaviour<Parameters extends z.ZodObject>(
  definition: BehaviourDefinition<Parameters>,
): BehaviourDefinition<Parameters> {
  return definition;
}

/** @returns the message of this replica in `frame`; null for one it only passes on */
export function ownMessage(
  { envelopes, id }: BehaviourContext,
  frame: Uint8Array,
): Envelope | null {
  const envelope = envelopes.open(frame);
  return envelope !== null && envelope.sender === id ? envelope : null;
}

/** The last `count` of the other replicas: the same ones at every call. */
export function victimsOf({ id, cluster }: BehaviourContext, count?: number): ReadonlySet<NodeId> {
  const others = Array.from({ length: cluster.replicas }, (_, replica) => replica).filter(
    (replica) => replica !== id,
  );
  return new Set(others.slice(-(count ?? Math.ceil(others.length / 2))));
}
