/**
 * DECIDED (protocols §20.7): W others state that a number is decided, so a good one did execute it
 * or holds Q COMMITs. Whoever was told so does not state it until it has executed the number: else
 * liars and those who believed them would convince the rest.
 */
import { assert } from "../../assert.ts";
import type { Content } from "../../authentication/scheme.ts";
import type { Reader } from "../../wire/codec.ts";
import type { Slot } from "../log.ts";
import { keepLoggedBody } from "../logged-body.ts";
import { type CheckpointVote, decodeCheckpoint, encodeCheckpoint } from "../messages.ts";
import type { ReplicaState } from "../replica-state.ts";
import type { Route } from "../route.ts";
import { DECIDED } from "./messages.ts";
import { readIds } from "./records.ts";
import type { Unsigned } from "./unsigned.ts";

/** What stating decisions needs. */
type Stating = Pick<Unsigned, "state" | "decisions">;

export function decidedRoute({ state, decisions }: Stating): Route<CheckpointVote> {
  return {
    name: "DECIDED",
    firstHand: true,
    decode: ({ payload }) => decodeCheckpoint(payload) ?? "malformed",
    check(vote, { sender, from }) {
      const { sequence } = vote;
      if (sequence <= state.lastExec || state.log.get(sequence)?.decided) return "no";
      if (sequence > state.marks.top && !state.marks.isSelected(sequence)) return "no";
      if (decisions.has(sender, vote)) return "no";
      return state.allowances.learning.take(from, state.now) ? "yes" : { refused: "rate" };
    },
    take(vote, { sender }) {
      decisions.forgetUpTo(state.lastExec);
      const by = decisions.add(sender, vote);
      assert(!by.includes(state.id), "what this replica states itself does not count here");
      if (by.length < state.weakQuorum) return "yes";
      const { sequence: n, digest: d } = vote;
      const decided = { digest: d, by };
      state.log.at(n).decided = decided;
      decisions.believe(decided);
      state.audit({ e: "stated", n, d, by });
      return "yes";
    },
  };
}

/**
 * Own votes as well: where too few executed the number the others need them to decide it, and those
 * who executed it stand in no later vote of theirs (protocols §20.7).
 */
export function whatConvincesOf({ state, decisions }: Stating, slot: Slot): readonly Content[] {
  const { decided, sequence, commits, prepares } = slot;
  assert(decided !== null, "there is a decision to be told");
  const votes = [prepares.get(state.id), ...commits.by(state.id)];
  const contents = votes.flatMap((vote) => vote?.own ?? []);
  if (sequence > state.lastExec && decisions.isHearsay(decided)) return contents;
  const payload = encodeCheckpoint({ sequence, digest: decided.digest });
  return [{ type: DECIDED, payload }, ...contents];
}

/** Out of the own log. */
export function readDecision(state: ReplicaState, body: Reader): void {
  const [sequence, digest, by] = [body.u64(), body.digest(), readIds(body)];
  const slot = state.log.at(sequence);
  keepLoggedBody(state, slot, body.blob());
  slot.decided = { digest, by };
}
