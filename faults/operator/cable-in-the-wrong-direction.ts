import { partition } from "../network/partition.ts";
import { drawPair } from "./choice.ts";
import { type OperatorError, ordered, slipped } from "./work.ts";

export const cableInTheWrongDirection: OperatorError = {
  id: "T-26",
  name: "cable-in-the-wrong-direction",
  summary: "closes the link from one replica to another, in the wrong direction",
  source: "a firewall rule with source and destination exchanged; one-way cuts are in every list",
  stoppedBy: "two-person: the order names the other direction; one link is within what f bears",
  needs: ["network"],
  leastMs: 1_000,
  wrong(context) {
    const [a, b] = drawPair(context);
    const cut = (from: string, to: string) =>
      ({ topology: "one-way", from, to, semantics: "drop" }) as const;
    const doing = {
      fault: partition,
      keys: cut(a, b),
      durationMs: context.drawReactionMs(),
      meant: `close the link from ${b} to ${a}`,
      did: `closed the one from ${a} to ${b}`,
    };
    return [slipped(doing, { fault: partition, keys: cut(b, a) }, context)];
  },
  right(context) {
    const [a, b] = drawPair(context);
    const words = { meant: `close the link from ${b} to ${a}`, did: "closed it" };
    const keys = { topology: "one-way", from: b, to: a, semantics: "drop" } as const;
    const durationMs = context.drawReactionMs();
    return [ordered({ fault: partition, keys, durationMs, ...words }, context)];
  },
};
