import { expect, test } from "vitest";
import type { PlanEntry } from "../plan/plan.ts";
import { changedNothing, HonestyWatch, LieCount, LieWatch } from "./lies.ts";
import { resolveEntry } from "./resolve-entry.ts";

const lie = { replica: "r3", behaviour: "wrong-reply" };
const said = (boot: number, frames: number) => ({
  boot,
  counters: { "byzantine.wrong-reply": frames, "byzantine.silent": 99 },
});

test("a liar is proven by the frames that it changed since the fault began, and only its own", () => {
  const count = new LieCount(lie, said(1, 7));
  count.see(said(1, 7));
  expect(count.proof).toBeNull();
  count.see(said(1, 9));
  expect(count.proof).toEqual({
    outcome: "installed",
    evidence: ["r3: wrong-reply: 2 frames left otherwise than honest"],
  });
});

test("each start of the replica counts from 0: a crash does not take its lies back", () => {
  const count = new LieCount(lie, said(1, 7));
  count.see(said(1, 8));
  count.see(said(2, 0));
  count.see(said(2, 3));
  expect(count.frames).toBe(4);
});

test("frames changed while another fault has it lie in the same way prove neither of the two", () => {
  const watch = new LieWatch(lie, said(1, 0));
  expect(watch.look({ status: said(1, 5), shared: true })).toBeNull();
  expect(watch.doubt("running").outcome).toBe("indeterminate");
  expect(watch.look({ status: said(1, 5), shared: false })).toBeNull();
  const proof = watch.look({ status: said(1, 6), shared: false });
  expect(proof?.evidence).toEqual(["r3: wrong-reply: 1 frames left otherwise than honest"]);
  expect(watch.look({ status: said(1, 9), shared: true })).toBe(proof);
});

test("a liar that changed no message was without effect", () => {
  expect(changedNothing(lie).outcome).toBe("ineffective");
});

const nobody = {
  replicas: [],
  clients: ["c0"],
  primary: null,
  nextPrimary: null,
  subject: null,
};

/** Of a watch that is asked every 100 ms. */
const quiet = { shared: false, process: "running" } as const;

test("a liar is honest again when its count has stood still for three periods", () => {
  const watch = new HonestyWatch(lie, 100);
  const look = (atMs: number, frames: number) =>
    watch.look({ ...quiet, atMs, status: said(1, frames) });
  expect(look(0, 7)).toBeNull();
  // It was under way at the heal.
  expect(look(100, 8)).toBeNull();
  expect(look(200, 8)).toBeNull();
  expect(look(300, 8)).toBeNull();
  expect(look(400, 8)).toEqual({
    outcome: "installed",
    evidence: [
      "r3: wrong-reply was switched off: its count has stood still at 8 frames for 300 ms",
    ],
  });
});

test("a liar whose count grows on was not switched off", () => {
  const watch = new HonestyWatch(lie, 100);
  for (let look = 0; look < 20; look += 1) {
    const status = said(1, look);
    expect(watch.look({ ...quiet, atMs: look * 100, status })).toBeNull();
  }
  expect(watch.doubt().outcome).toBe("ineffective");
});

test("of a liar that is started again the stillness of its last start says nothing", () => {
  const watch = new HonestyWatch(lie, 100);
  expect(watch.look({ ...quiet, atMs: 0, status: said(1, 0) })).toBeNull();
  expect(watch.look({ ...quiet, atMs: 200, status: null })).toBeNull();
  expect(watch.look({ ...quiet, atMs: 400, status: said(2, 0) })).toBeNull();
  expect(watch.look({ ...quiet, atMs: 700, status: said(2, 0) })?.outcome).toBe("installed");
});

test("the end of a lie is not seen while another fault has it lie, or keeps it down", () => {
  const seen = { ...quiet, atMs: 0, status: null };
  const watch = new HonestyWatch(lie, 100);
  expect(watch.look({ ...seen, shared: true })?.outcome).toBe("partial");
  expect(watch.look({ ...seen, process: "down" })?.outcome).toBe("partial");
  expect(watch.look(seen)).toBeNull();
  expect(watch.doubt().outcome).toBe("indeterminate");
});

test("what says nothing to the protocol is not applicable, whoever leads and whoever is there", () => {
  const entry: PlanEntry = {
    id: "lie",
    name: "lie",
    fault: "byzantine",
    atMs: 0,
    durationMs: 10,
    resolved: null,
    notApplicable: "it fits pbft-sig",
  };
  expect(resolveEntry(entry, { ...nobody, replicas: ["r0"] })).toEqual({
    entry,
    ordered: [],
    targets: {},
    effects: [],
    absent: { outcome: "not-applicable", evidence: ["it fits pbft-sig"] },
  });
});

test("a backup that does not exist is a target that is not there", () => {
  const entry: PlanEntry = {
    id: "kill",
    name: "kill",
    fault: "crash",
    atMs: 0,
    durationMs: 10,
    resolved: { targets: ["backup#0"] },
  };
  const alone = { ...nobody, replicas: ["r0"], primary: "r0" };
  expect(resolveEntry(entry, alone)).toMatchObject({
    effects: [],
    absent: { outcome: "skipped", evidence: ["there are 0 backups, so no backup#0"] },
  });
  const leaderless = { ...alone, primary: null };
  const primary = { ...entry, resolved: { targets: ["primary"] } };
  const evidence = ["nobody leads, so there is no primary"];
  expect(resolveEntry(primary, leaderless).absent).toEqual({ outcome: "skipped", evidence });
  const four = { ...alone, replicas: ["r0", "r1", "r2", "r3"] };
  expect(resolveEntry(entry, four)).toMatchObject({ absent: null, targets: { "backup#0": "r1" } });
});
