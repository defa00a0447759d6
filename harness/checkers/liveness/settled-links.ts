import type { PeerCounters } from "../../../nodes/runtime/peer-counters.ts";
import type { StatusSample } from "../../observations/observations.ts";
import type { CheckerInput } from "../checker.ts";
import { owedSpans, type Span } from "./spans.ts";

/** What a good replica counts of its link to another one. */
export interface SettledLink {
  readonly sample: StatusSample;
  readonly peer: number;
  readonly counters: PeerCounters;
}

/**
 * For each span in which progress is owed: the links between good replicas that nothing strikes, at
 * each poll, once the bound for what was before is over.
 */
export function settledLinks(input: CheckerInput): readonly (readonly SettledLink[])[] {
  const { samples } = input.observations;
  return owedSpans(input, 1).map((span) =>
    samples.filter((sample) => isIn(sample, span)).flatMap((sample) => linksOf(sample, span)),
  );
}

function isIn({ replica, time }: StatusSample, { from, to, allowedNs, spared }: Span): boolean {
  return spared.includes(replica) && time >= from + allowedNs && time <= to;
}

function linksOf(sample: StatusSample, { spared }: Span): readonly SettledLink[] {
  const { replica, peers = {} } = sample;
  return spared.flatMap((peer) => {
    const counters = peers[`r${peer}`];
    return peer === replica || counters === undefined ? [] : [{ sample, peer, counters }];
  });
}

export function nameOfLink({ sample: { replica }, peer }: SettledLink): string {
  return `r${replica}>r${peer}`;
}
