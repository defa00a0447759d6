/** What the checkers are given: the observations, as far as what they say of replicas counts. */
import type { Observations } from "../observations/observations.ts";
import { FILES } from "../observations/store.ts";
import type { CheckerInput } from "./checker.ts";
import { before, goodReplicas, observedBudget } from "./observed-budget.ts";
import type { Subject } from "./subject.ts";

export function checkerInput(observations: Observations, subject: Subject): CheckerInput {
  const known = withKnownFaults(withoutMissingLogs(observations));
  const budget = observedBudget(known);
  return { observations: known, subject, budget, good: goodReplicas(known, budget) };
}

/** A replica that has no log at all has said nothing, whether it should have one or not. */
function withoutMissingLogs(observations: Observations): Observations {
  const { plan, audits, completeness } = observations;
  const files = new Map(completeness.files);
  for (let replica = 0; replica < plan.cluster.parameters.replicas; replica += 1) {
    if (!audits.has(replica)) files.set(FILES.audit(replica), Number.NEGATIVE_INFINITY);
  }
  return { ...observations, completeness: { ...completeness, files } };
}

/** Where lines of the ledger are lost, whoever the plan was to spoil may be a liar since. */
function withKnownFaults(observations: Observations): Observations {
  const { plan, ledger, completeness } = observations;
  const begun = new Set(ledger.flatMap((line) => (line.kind === "intent" ? [line.entry] : [])));
  const allBegun = plan.entries.every(({ id }) => begun.has(id));
  if (allBegun || completeness.injectionsUntil === Number.POSITIVE_INFINITY) return observations;
  return before(observations, completeness.injectionsUntil / 1e6);
}
