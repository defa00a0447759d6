import { expect, test } from "vitest";
import { NULL_DIGEST } from "../../contract/audit.ts";
import { CHECKPOINT, COMMIT, encodeCheckpoint } from "../messages.ts";
import { ClaimsBed, GENESIS } from "./claims.fixture.ts";

/** What never came to its number. */
const BODY = "a".repeat(64);
const CHOSEN = [NULL_DIGEST, NULL_DIGEST, NULL_DIGEST, NULL_DIGEST, BODY, NULL_DIGEST];

test.each([0, 1, 2])(
  "protocols §20.9: Q outlives %i restarts and a log that is written anew",
  (restarts) => {
    const bed = new ClaimsBed(2);
    const p = CHOSEN.map((digest, at) => [at + 1, digest, 0] as const);
    bed.enter(1, { p }, GENESIS, ...CHOSEN);
    bed.leaveFor(2);
    for (let restart = 0; restart < restarts; restart += 1) bed.restart();
    // The others decide as far as a checkpoint, which becomes stable: so the log is written anew.
    for (const sequence of [1, 2, 3, 4]) {
      bed.votes(COMMIT, { view: 1, sequence, digest: NULL_DIGEST }, 0, 1, 3);
    }
    const own = bed.audits.findLast((event) => event.e === "checkpoint");
    const payload = encodeCheckpoint({ sequence: 4, digest: own?.d ?? "" });
    for (const by of [0, 1]) bed.hear(by, CHECKPOINT, payload);
    expect(bed.core.status().stable).toBe(4);
    bed.restart();
    expect([...bed.leaveFor(3).prePrepared]).toEqual([
      [5, new Map([[BODY, 1]])],
      [6, new Map([[NULL_DIGEST, 1]])],
    ]);
  },
);
