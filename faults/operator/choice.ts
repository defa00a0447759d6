/** Who is struck by what an operator does. */
import type { Endpoint, PlanningContext } from "../fault.ts";
import { drawOrder } from "../targets.ts";

type Draws = Pick<PlanningContext, "replicas" | "drawInteger">;

/** Two different replicas; in a cluster of one it is both. */
export function drawPair(context: Draws): readonly [Endpoint, Endpoint] {
  const [first = "r0", second = first] = drawOrder(context.replicas, context);
  return [first, second];
}

export function drawReplica(context: Draws): Endpoint {
  return drawPair(context)[0];
}

/** `r1, r2 and r3` */
export function listed(names: readonly string[]): string {
  const last = names.at(-1) ?? "nobody";
  return names.length < 2 ? last : `${names.slice(0, -1).join(", ")} and ${last}`;
}
