import assert from "node:assert/strict";
import { expect, test } from "vitest";
import { fastAuthenticators } from "../../harness/drivers/simulation/authenticators.ts";
import { protocols } from "../registry.ts";
import { nullService } from "../services/null.ts";
import { parametersWith } from "./cluster-parameters.fixture.ts";
import type { Effects } from "./contract/core.ts";
import { StoredRecordError } from "./stored-record.ts";

const nothing = () => assert.fail("it did something");
const silent: Effects = {
  send: nothing,
  broadcast: nothing,
  persist: nothing,
  setTimer: nothing,
  cancelTimer: nothing,
  audit: nothing,
};

function recover(name: string, record: Uint8Array): void {
  const protocol = protocols.find((candidate) => candidate.name === name);
  assert(protocol);
  const replicas = protocol.replicasFor(1);
  const { crashed } = protocol.tolerates(replicas);
  const cluster = parametersWith({ replicas, faultsMax: crashed });
  const core = protocol.createReplica({
    id: 0,
    cluster,
    service: nullService.create({ argumentBytes: 0, resultBytes: 0 }),
    authenticator: fastAuthenticators(1, [0, 1, 2, 3])(0),
  });
  core.step({ kind: "recovered", records: [record] }, 0, silent);
}

test.each(protocols.map(({ name }) => name))(
  "H7: %s says of a stored record that does not decode that it does not, and does nothing",
  (name) => {
    for (let kind = 0; kind < 16; kind++) {
      for (const rest of [[], [0], [0, 0, 0, 0], Array.from({ length: 120 }, () => 0x41)]) {
        expect(() => recover(name, Uint8Array.of(kind, ...rest))).toThrow(StoredRecordError);
      }
    }
    expect(() => recover(name, new Uint8Array(0))).toThrow(StoredRecordError);
    // As long as some record that there is, and of no kind that there is.
    for (let length = 0; length <= 64; length++) {
      const record = Uint8Array.of(255, ...new Uint8Array(length));
      expect(() => recover(name, record)).toThrow(StoredRecordError);
    }
  },
);
