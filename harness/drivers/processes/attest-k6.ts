/**
 * A k6 beside the client host has connections of its own through the client host's proxies. What a
 * fault does to them is told by the replicas, who count k6's frames; k6 itself counts none.
 */
import { isClientHost, latencyOf, linkName } from "../../../faults/link-state.ts";
import { type Attestation, merge, type Part, proven } from "../attestation.ts";
import { K6_HOST } from "../client-host.ts";
import { attestLink } from "./attest-link.ts";
import { type Ground, observe } from "./ground.ts";
import { countersSince, type LinkQuestion } from "./link-evidence.ts";

/** Of the delay at least this share must show, as for the client host's own beats. */
const SHARE = 0.8;
const STILL_PERIODS = 3;

/** Where the client host's own connection proves nothing there is nothing to add. */
export async function attestLinkWithK6(question: LinkQuestion, ground: Ground): Promise<Part> {
  const own = await attestLink(question, ground);
  if (own.outcome !== "installed") return own;
  return merge([own, await attestK6(question, ground)]);
}

async function attestK6(question: LinkQuestion, ground: Ground): Promise<Attestation> {
  const { from, to, signal } = question;
  const name = linkName(from, to);
  const same = `k6 (${K6_HOST}) has its own connection through the same proxy`;
  if (isClientHost(to)) return proven(`${name}: ${same}; what k6 receives is not counted`);
  const state = ground.linkState(from, to);
  if (state.kind === "open" && latencyOf(state) === 0) {
    return proven(`${name}: ${same}; what this does to it is not counted`);
  }
  const decide = () =>
    state.kind === "open"
      ? arrivesLate(question, latencyOf(state), ground)
      : standsStill(question, ground);
  const deadlineMs = ground.patienceMs;
  const seen = await observe(ground.sightings, { endpoints: [to], deadlineMs, signal, decide });
  return seen ?? unaffected(question, ground);
}

function standsStill(question: LinkQuestion, ground: Ground): Attestation | null {
  const heard = heardOfK6(question, ground);
  const last = heard.at(-1);
  const first = heard.find(({ received }) => received === last?.received);
  if (last === undefined || first === undefined) return null;
  const stillMs = Number(last.seen.askedNs - first.seen.atNs) / 1e6;
  if (stillMs < STILL_PERIODS * ground.periodMs) return null;
  const { from, to } = question;
  const ms = Math.round(stillMs);
  return proven(`${linkName(from, to)}: ${to} received nothing of k6 (${K6_HOST}) for ${ms} ms`);
}

function arrivesLate(question: LinkQuestion, askedMs: number, ground: Ground): Attestation | null {
  const heard = heardOfK6(question, ground);
  const [first] = heard;
  const last = heard.at(-1);
  // The first look may still be at a beat from before.
  if (first === undefined || last === undefined || last.beatReceived <= first.beatReceived) {
    return null;
  }
  const { oneWayMs } = last;
  if (oneWayMs === null || oneWayMs < askedMs * SHARE) return null;
  const { from, to } = question;
  const took = `a beat of k6 (${K6_HOST}) took ${oneWayMs.toFixed(1)} ms one way`;
  return proven(`${linkName(from, to)}: ${took}`);
}

/** A replica that has heard nothing of k6 at all is no witness. */
function unaffected(question: LinkQuestion, ground: Ground): Attestation {
  const heard = heardOfK6(question, ground);
  const received = (heard.at(-1)?.received ?? 0) - (heard[0]?.received ?? 0);
  const { from, to } = question;
  const what = `${linkName(from, to)}: ${to} received ${received} frames of k6 (${K6_HOST})`;
  const outcome = received > 0 && !question.signal.aborted ? "ineffective" : "indeterminate";
  return { outcome, evidence: [`${what}, so it is not seen to be struck`] };
}

function heardOfK6({ from, to, sinceNs }: LinkQuestion, ground: Ground) {
  const settledNs = ground.settledNs(from, to);
  const since = settledNs > sinceNs ? settledNs : sinceNs;
  return countersSince(ground, { of: to, peer: K6_HOST, sinceNs: since });
}
