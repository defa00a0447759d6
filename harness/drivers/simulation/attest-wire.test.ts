import { expect, test } from "vitest";
import { PRISTINE_WIRE } from "../../../faults/wire-condition.ts";
import { WireWatch } from "./attest-wire.ts";
import { type LinkCounters, NO_TRAFFIC, typedCount } from "./link.ts";

const WIRE = { on: "wire", from: "r0", to: "r1", condition: { kind: "loss", share: 0.5 } } as const;

/** What is counted, and what other faults lose of the same link. */
function seen(counted: Partial<LinkCounters>, others = 0) {
  return { counters: { ...NO_TRAFFIC, ...counted }, without: { ...PRISTINE_WIRE, loss: others } };
}

test("a wire that lost frames is proven, also at the end of the fault", () => {
  const watch = new WireWatch(WIRE, NO_TRAFFIC);
  expect(watch.look(seen({ sent: 2 }))).toBeNull();
  const proof = { outcome: "installed", evidence: ["r0-r1: 3 frames were lost on the way"] };
  expect(watch.look(seen({ sent: 9, loss: 3 }))).toEqual(proof);
  expect(watch.doubt(seen({ sent: 12, loss: 3 }))).toEqual(proof);
});

test("one that struck none of its frames is ineffective; without frames nobody can tell", () => {
  const none = {
    outcome: "ineffective",
    evidence: ["r0-r1: of 7 frames none were lost on the way"],
  };
  expect(new WireWatch(WIRE, NO_TRAFFIC).doubt(seen({ sent: 7 }))).toEqual(none);
  const idle = new WireWatch(WIRE, NO_TRAFFIC).doubt(seen({}));
  expect(idle.outcome).toBe("indeterminate");
});

test("what another fault asks for as well is not its doing, neither then nor afterwards", () => {
  const watch = new WireWatch(WIRE, NO_TRAFFIC);
  expect(watch.look(seen({ sent: 4, loss: 2 }, 0.6))).toBeNull();
  expect(watch.doubt(seen({ sent: 8, loss: 4 }, 0.6)).outcome).toBe("skipped");
  // The other one is over, and what it lost until now counts for nothing.
  expect(watch.look(seen({ sent: 9, loss: 5 }))).toBeNull();
  expect(watch.look(seen({ sent: 12, loss: 6 }))?.outcome).toBe("installed");
});

test("messages of another type that were lost prove nothing of this one", () => {
  const type = 4;
  const typed = { ...WIRE, condition: { ...WIRE.condition, type } };
  const watch = new WireWatch(typed, NO_TRAFFIC);
  const others = new Map([[typedCount("loss", 5), 3]]);
  expect(watch.look(seen({ sent: 9, loss: 3, typed: others }))).toBeNull();
  const own = new Map([...others, [typedCount("loss", type), 2]]);
  expect(watch.look(seen({ sent: 12, loss: 5, typed: own }))?.evidence).toEqual([
    "r0-r1: 2 frames were lost on the way",
  ]);
});
