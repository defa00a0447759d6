import {
  type FaultEffect,
  type LinkEffect,
  type ProcessCondition,
  strikesLink,
} from "../../faults/fault.ts";
import type { LedgerEntry, Observations, StatusSample } from "../observations/observations.ts";
import type { Span } from "./timeline.ts";

/** `silent`: it did not answer, and no injected fault explains it. */
export type LaneState = "up" | "changing" | "lying" | "throttled" | "down" | "paused" | "silent";

export interface LaneSegment extends Span {
  readonly state: LaneState;
  readonly view: number | null;
}

export interface ReplicaLane {
  readonly replica: number;
  readonly segments: readonly LaneSegment[];
  readonly executed: readonly { readonly atMs: number; readonly lastExec: number }[];
}

type InjectedState = Extract<LaneState, "down" | "paused" | "lying" | "throttled">;

interface InjectedSpan extends Span {
  readonly replica: string;
  readonly state: InjectedState;
}

const stateOfCondition: Readonly<Record<ProcessCondition["kind"], InjectedState>> = {
  down: "down",
  "power-cut": "down",
  paused: "paused",
};

/**
 * What each replica was doing, as its `/status` told, explained by the faults that were injected.
 */
export function replicaLanes(observations: Observations, endMs: number): readonly ReplicaLane[] {
  const injected = injectedSpans(observations.ledger, endMs);
  const byReplica = Map.groupBy(observations.samples, ({ replica }) => replica);
  return Array.from({ length: observations.plan.cluster.parameters.replicas }, (_, replica) => {
    const samples = (byReplica.get(replica) ?? []).filter(({ time }) => time >= 0);
    const own = injected.filter((span) => span.replica === `r${replica}`);
    return {
      replica,
      segments: segmentsOf(samples, own, endMs),
      executed: samples.flatMap(({ time, status }) =>
        status === undefined ? [] : [{ atMs: time / 1e6, lastExec: status.lastExec }],
      ),
    };
  });
}

function injectedSpans(ledger: readonly LedgerEntry[], endMs: number): readonly InjectedSpan[] {
  return ledger.flatMap((intent) => {
    if (intent.kind !== "intent") return [];
    const healed = ledger.find(
      (later) =>
        later.kind === "healed" && later.entry === intent.entry && later.time >= intent.time,
    );
    const span = {
      fromMs: intent.time / 1e6,
      toMs: healed === undefined ? endMs : healed.time / 1e6,
    };
    return intent.effects.flatMap((effect): InjectedSpan[] => {
      return strikesLink(effect) || effect.on === "disk" || effect.on === "state"
        ? []
        : [{ ...span, replica: effect.replica, state: injectedState(effect) }];
    });
  });
}

function injectedState(
  effect: Exclude<FaultEffect, LinkEffect | { readonly on: "disk" | "state" }>,
): InjectedState {
  switch (effect.on) {
    case "process":
      return stateOfCondition[effect.condition.kind];
    case "cpu":
      return "throttled";
    case "behaviour":
      return "lying";
    default:
      return effect satisfies never;
  }
}

function segmentsOf(
  samples: readonly StatusSample[],
  injected: readonly InjectedSpan[],
  endMs: number,
): readonly LaneSegment[] {
  const segments: LaneSegment[] = [];
  for (const sample of samples) {
    const atMs = sample.time / 1e6;
    const seen = { state: stateOf(sample, atMs, injected), view: sample.status?.view ?? null };
    const last = segments.at(-1);
    if (last === undefined) {
      segments.push({ fromMs: 0, toMs: endMs, ...seen });
    } else if (last.state !== seen.state || last.view !== seen.view) {
      segments[segments.length - 1] = { ...last, toMs: atMs };
      segments.push({ fromMs: atMs, toMs: endMs, ...seen });
    }
  }
  return segments;
}

function stateOf(
  { up, status }: StatusSample,
  atMs: number,
  injected: readonly InjectedSpan[],
): LaneState {
  const active = new Set(
    injected.filter(({ fromMs, toMs }) => fromMs <= atMs && atMs <= toMs).map(({ state }) => state),
  );
  if (!up && active.has("down")) return "down";
  if (!up) return active.has("paused") ? "paused" : "silent";
  if (active.has("lying")) return "lying";
  if (status?.active === false) return "changing";
  return active.has("throttled") ? "throttled" : "up";
}
