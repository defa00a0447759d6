import assert from "node:assert/strict";
import { test } from "vitest";
import { fastAuthenticators } from "../../harness/drivers/simulation/authenticators.ts";
import { Signatures } from "./authentication/signatures.ts";
import { backedOffMs } from "./back-off.ts";
import { ALICE, Bed } from "./pbft/pbft.fixture.ts";
import { QuorumClient } from "./quorum-client.ts";

test("time-outs double up to 64 s, and a longer one stays as it was configured (protocols §10.1)", () => {
  assert.deepEqual(
    [0, 1, 5, 6, 7, 40, 5_000].map((doublings) => backedOffMs(1_000, doublings)),
    [1_000, 2_000, 32_000, 64_000, 64_000, 64_000, 64_000],
  );
  assert.equal(backedOffMs(90_000, 3), 90_000);
});

test("Tvc is 64 s after however many time-outs, and has doubled no further than that", () => {
  const replica = new Bed(0);
  for (let view = 1; view <= 40; view++) {
    for (const by of [2, 3]) replica.receive(by, replica.viewChange(by, { view }));
    replica.fire("view-change");
  }
  for (const by of [2, 3]) replica.receive(by, replica.viewChange(by, { view: 41 }));
  assert.equal(replica.timers.get("view-change"), 64_000);
});

test("a client's pause between retransmissions ends at 64 s, whatever cap is configured", () => {
  const { cluster } = new Bed(0, {
    timers: { requestMs: 1_000, statusMs: 150, clientMs: 1_000, clientCapMs: 3_600_000 },
  });
  const authenticator = fastAuthenticators(1, [0, 1, 2, 3, ALICE])(ALICE);
  const client = new QuorumClient(
    {
      id: ALICE,
      cluster,
      authenticator,
    },
    new Signatures(cluster, authenticator),
  );
  const pauses: number[] = [];
  const effects = {
    send: () => undefined,
    setTimer: (id: string, afterMs: number) => void (id === "retry" && pauses.push(afterMs)),
    cancelTimer: () => undefined,
    completed: () => undefined,
  };
  client.invoke(new Uint8Array(0), 0, effects);
  for (let count = 0; count < 10; count++) client.timer("retry", 0, effects);
  assert.equal(pauses.at(-1), 64_000);
});
