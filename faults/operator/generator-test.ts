import { partition } from "../network/partition.ts";
import { powerCut } from "../process/power-cut.ts";
import { drawReplica } from "./choice.ts";
import { type OperatorError, ordered } from "./work.ts";

/** The clients' switch takes longer to boot than the replicas. */
const SWITCH_MS = 2_000;

export const generatorTest: OperatorError = {
  id: "T-03",
  name: "generator-test",
  summary:
    "switches the mains off to test a generator that is not there: all and the clients at once",
  source: "batteries that hand over to nothing, as in 365 Main's outage of July 2007",
  stoppedBy: "wait-recovered: all at once is more than f; two people read the same order",
  needs: ["process", "network"],
  leastMs: 3_000,
  wrong(context) {
    const durationMs = Math.min(context.drawReactionMs(), context.restMs - SWITCH_MS);
    const meant = "switch the mains off, and the generator takes over";
    const cut = { fault: powerCut, keys: {}, durationMs, meant };
    const did = "switched the mains off; nothing took over, and every replica went dark";
    const clients = {
      fault: partition,
      keys: { isolate: "clients", semantics: "refuse" } as const,
      durationMs: durationMs + SWITCH_MS,
      meant,
      did: "the clients' switch went dark with them",
    };
    return [ordered({ ...cut, did }, context), ordered(clients, context)];
  },
  right(context) {
    const target = drawReplica(context);
    const durationMs = context.drawReactionMs();
    const meant = `switch the mains of ${target} off, and its generator takes over`;
    const did = `nothing took over; ${target} alone went dark`;
    return [ordered({ fault: powerCut, keys: { target }, durationMs, meant, did }, context)];
  },
};
