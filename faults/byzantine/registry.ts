/** One line per behaviour. */
import type { BehaviourDefinition } from "./behaviour.ts";
import { equivocate } from "./equivocate.ts";
import { wrongReply } from "./wrong-reply.ts";

export const behaviours: readonly BehaviourDefinition[] = [equivocate, wrongReply];

/** @throws {RangeError} naming those there are */
export function behaviourNamed(name: string): BehaviourDefinition {
  const found = behaviours.find((behaviour) => behaviour.name === name);
  if (found !== undefined) return found;
  const known = behaviours.map((behaviour) => behaviour.name).join(", ");
  throw new RangeError(`there is no behaviour ${name}; there is: ${known}`);
}
