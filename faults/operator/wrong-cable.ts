import { partition } from "../network/partition.ts";
import { drawOrder } from "../targets.ts";
import { drawReplica, listed } from "./choice.ts";
import { type OperatorError, ordered, slipped } from "./work.ts";

export const wrongCable: OperatorError = {
  id: "T-27",
  name: "wrong-cable",
  summary: "pulls the cable between two halves of the cluster instead of that of one replica",
  source: "2-2 partitions after work on a switch, as in GitHub's of October 2018",
  stoppedBy:
    "two-person: the order names one replica; wait-recovered: half of the cluster is more than f",
  needs: ["network"],
  leastMs: 1_000,
  wrong(context) {
    const order = drawOrder(context.replicas, context);
    const middle = Math.ceil(order.length / 2);
    const [left, right] = [order.slice(0, middle).toSorted(), order.slice(middle).toSorted()];
    const meant = left[0] ?? "r0";
    const doing = {
      fault: partition,
      keys: { groups: [left, right], semantics: "drop" as const },
      durationMs: context.drawReactionMs(),
      meant: `pull the cable of ${meant}`,
      did: `pulled the one between ${listed(left)} and ${listed(right)}`,
    };
    const asked = { fault: partition, keys: { isolate: meant, semantics: "drop" } as const };
    return [slipped(doing, asked, context)];
  },
  right(context) {
    const isolate = drawReplica(context);
    const words = { meant: `pull the cable of ${isolate}`, did: "pulled it" };
    const durationMs = context.drawReactionMs();
    const keys = { isolate, semantics: "drop" } as const;
    return [ordered({ fault: partition, keys, durationMs, ...words }, context)];
  },
};
