/**
 * At injection: symbolic targets get their answers, and the fault says what it wants to be true.
 */
import type { Endpoint, FaultEffect, InjectionContext, Target } from "../../faults/fault.ts";
import { faults } from "../../faults/registry.ts";
import type { PlanEntry } from "../plan/plan.ts";
import { DriverError } from "./driver.ts";
import type { Absence, ResolvedEntry } from "./world.ts";

export interface Members {
  readonly replicas: readonly Endpoint[];
  readonly clients: readonly Endpoint[];
  /** Who leads now; null where nobody does. */
  readonly primary: Endpoint | null;
  /** Who leads the newest view that anybody has asked for. */
  readonly nextPrimary: Endpoint | null;
  /** Whose event has set it off; null where nobody's has. */
  readonly subject: Endpoint | null;
}

export function resolveEntry(entry: PlanEntry, members: Members): ResolvedEntry {
  const targets: Record<string, string> = {};
  if (entry.notApplicable !== undefined) {
    const absent = { outcome: "not-applicable", evidence: [entry.notApplicable] } as const;
    return { entry, targets, effects: [], ordered: [], absent };
  }
  const context: InjectionContext = {
    replicas: members.replicas,
    clients: members.clients,
    resolve(target) {
      const endpoint = resolveTarget(target, members);
      if (endpoint !== target) targets[target] = endpoint;
      return endpoint;
    },
  };
  try {
    const effects = effectsOf(entry, context);
    const order = entry.operator?.command?.order ?? null;
    const ordered = order === null ? [] : effectsOf(order, context);
    const absent =
      effects.length === 0 ? skipped("it has no effect on a cluster of this size") : null;
    return { entry, targets, effects, ordered, absent };
  } catch (error) {
    if (!(error instanceof MissingTarget)) throw error;
    return { entry, targets, effects: [], ordered: [], absent: skipped(error.message) };
  }
}

function effectsOf(
  { fault, resolved }: Pick<PlanEntry, "fault" | "resolved">,
  context: InjectionContext,
): readonly FaultEffect[] {
  const definition = faults.find(({ kind }) => kind === fault);
  if (!definition) throw new DriverError("FAULT", `no fault is registered as ${fault}`);
  return definition.effects(resolved, context);
}

function skipped(why: string): Absence {
  return { outcome: "skipped", evidence: [why] };
}

/** Whoever was meant is not there: the fault is skipped, and the run goes on. */
class MissingTarget extends Error {
  override readonly name = "MissingTarget";
}

function resolveTarget(target: Target, members: Members): Endpoint {
  const { replicas, primary, nextPrimary, subject } = members;
  if (target === "primary") return someone(primary, "nobody leads, so there is no primary");
  if (target === "next-primary") {
    return someone(nextPrimary, "nobody is to lead, so there is no next-primary");
  }
  if (target === "subject") return someone(subject, "nobody set it off, so there is no subject");
  const rank = /^backup#(\d+)$/.exec(target)?.[1];
  if (rank === undefined) return target;
  const backups = replicas.filter((replica) => replica !== primary);
  const backup = backups[Number(rank)];
  if (backup === undefined) {
    throw new MissingTarget(`there are ${backups.length} backups, so no ${target}`);
  }
  return backup;
}

function someone(endpoint: Endpoint | null, otherwise: string): Endpoint {
  if (endpoint === null) throw new MissingTarget(otherwise);
  return endpoint;
}
