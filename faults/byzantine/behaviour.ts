/**
 * The contract of a Byzantine behaviour: it stands between an honest core and the world, sees what
 * comes in, rewrites what goes out, and may speak when the core does not. It may forge whatever
 * this replica could sign, and nothing else: the only key it holds is its own.
 */
import type { z } from "zod";
import type { NodeAuthenticator } from "../../nodes/protocols/contract/authenticator.ts";
import type { Input, NodeId } from "../../nodes/protocols/contract/core.ts";
import type { ClusterParameters } from "../../nodes/protocols/contract/protocol.ts";

/** Who lies, and with which keys: what can be made of that is a matter of `forgeries/`. */
export interface BehaviourContext {
  readonly id: NodeId;
  readonly cluster: ClusterParameters;
  /** The one that its honest core has, so that both speak under the same session keys. */
  readonly authenticator: NodeAuthenticator;
}

/** What a behaviour does of its own accord, beside rewriting what the honest core sends. */
export interface Acts {
  /** As if the core had sent it: behaviours further down the line rewrite it. */
  send(to: NodeId, frame: Uint8Array): void;
  /** (Re)arms its one timer. */
  wakeAfter(ms: number): void;
}

/** No clock, no randomness but what a seed fixes: the same calls, the same answers. */
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

/** How it is done where the messages are those of one protocol. */
type Realisation<Parameters extends z.ZodObject> = (
  parameters: z.output<Parameters>,
  context: BehaviourContext,
) => Behaviour;

interface Description<Parameters extends z.ZodObject> {
  /** The value of `behaviour:` in YAML, whatever the protocol. */
  readonly name: string;
  readonly summary: string;
  /** It lies at once, whoever does it and whatever else happens: fit to be drawn at random. */
  readonly eager?: true;
  /** It lies as primary only: of any view, or when it enters one. */
  readonly as?: "primary" | "new primary";
  /** It lies then only, whoever leads. */
  readonly during?: "view changes" | "state transfers";
  /** Beside it nothing else that the same replica does would be heard of. */
  readonly alone?: true;
  /** Strict; plain JSON in and out, so that a plan can hold what was parsed. */
  readonly schema: Parameters;
  /** By the name of each protocol that it fits; or one for all: then it looks into no message. */
  readonly fits: Realisation<Parameters> | Readonly<Record<string, Realisation<Parameters>>>;
  /** Variants of a protocol that it fits in which there is nothing to lie about, and why. */
  readonly unfit?: Readonly<Record<string, string>>;
}

export interface BehaviourDefinition extends Omit<Description<z.ZodObject>, "fits"> {
  /** Names of protocols; null = any. */
  readonly protocols: readonly string[] | null;
  /**
   * @returns null where it has no realisation for this protocol
   * @throws {z.ZodError} for wrong parameters
   */
  create(
    protocol: string,
    parameters: Readonly<Record<string, unknown>>,
    context: BehaviourContext,
  ): Behaviour | null;
}

export function defineBehaviour<Parameters extends z.ZodObject>({
  fits,
  ...description
}: Description<Parameters>): BehaviourDefinition {
  return {
    ...description,
    protocols: typeof fits === "function" ? null : Object.keys(fits),
    create(protocol, parameters, context) {
      const realise = typeof fits === "function" ? fits : fits[protocol];
      return realise?.(description.schema.parse(parameters), context) ?? null;
    },
  };
}

/** When it lies at all, in words; null = whenever it speaks. */
export function occasionText({
  as,
  during,
}: Pick<BehaviourDefinition, "as" | "during">): string | null {
  if (as !== undefined) return `as ${as}`;
  return during === undefined ? null : `in ${during}`;
}

/** Why it cannot be had there, in words; null = it can. */
export function misfit(
  { name, protocols, unfit }: BehaviourDefinition,
  protocol: string,
): string | null {
  if (protocols === null || protocols.includes(protocol)) return null;
  const why = unfit?.[protocol];
  const reason = why === undefined ? "" : ` (${why})`;
  return `${name} is no lie in ${protocol}${reason}; it fits ${protocols.join(", ")}`;
}

/** The last `count` of the other replicas: the same ones at every call. */
export function victimsOf({ id, cluster }: BehaviourContext, count?: number): ReadonlySet<NodeId> {
  const others = Array.from({ length: cluster.replicas }, (_, replica) => replica).filter(
    (replica) => replica !== id,
  );
  return new Set(others.slice(-(count ?? Math.ceil(others.length / 2))));
}
