/** Faults that wait for what happens in the cluster, in virtual time. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import type { AuditRecord } from "../../../nodes/protocols/contract/audit.ts";
import type { HistoryEvent, LedgerEntry } from "../../observations/observations.ts";
import { FILES } from "../../observations/store.ts";
import { type FinishedRun, planScenarios, runPlanned } from "../../run.ts";

let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "bft-chaos-triggers-"));
});

afterEach(() => {
  rmSync(folder, { recursive: true, force: true });
});

const KILL = "name: kill, fault: crash, at: 300ms, for: 1s, target: primary";

function scenario(faults: readonly string[]): string {
  return [
    "apiVersion: bft-chaos/v1",
    "kind: Scenario",
    "metadata: { name: triggered }",
    "seed: 5",
    "cluster: { timers: { request: 500ms } }",
    "workload: { rate: 60/s, clients: 4, keys: 6 }",
    "phases: { warmup: 300ms, faults: 4s, quiet: 15s }",
    "faults:",
    ...faults.map((fault) => `  - { ${fault} }`),
    "expect: { verdict: PASS, minOperations: 20, shed: 75% }",
    "",
  ].join("\n");
}

async function run(...faults: readonly string[]): Promise<FinishedRun> {
  const path = join(folder, "triggered.yaml");
  writeFileSync(path, scenario(faults));
  const [planned] = planScenarios({ paths: [path], driver: "simulation" });
  if (planned === undefined) throw new Error("there is one scenario");
  const options = { out: folder, mutantFolders: [], onProgress: () => {}, onAbort: () => {} };
  const finished = await runPlanned(planned, options);
  expect(finished.harness).toEqual({ state: "ok" });
  return finished;
}

function linesOf<Line>({ directory }: FinishedRun, file: string): readonly Line[] {
  const text = readFileSync(join(directory ?? "", file), "utf8");
  return text
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line) as Line);
}

/** Of this kind and entry, of which there is one. */
function line<Kind extends LedgerEntry["kind"]>(finished: FinishedRun, kind: Kind, entry: string) {
  const all = linesOf<LedgerEntry>(finished, FILES.ledger);
  const found = all.filter(
    (one): one is Extract<LedgerEntry, { kind: Kind }> =>
      one.kind === kind && "entry" in one && one.entry === entry,
  );
  expect(found).toHaveLength(1);
  return found[0];
}

function resultOf({ judged }: FinishedRun, entry: string) {
  return judged?.judgement.faults.find((fault) => fault.entry === entry);
}

/** The first lines of this kind after the first kill, over all replicas, by time. */
function logged(finished: FinishedRun, e: AuditRecord["e"]): readonly AuditRecord[] {
  const killed = line(finished, "intent", "kill")?.time ?? 0;
  return [0, 1, 2, 3]
    .flatMap((id) => linesOf<AuditRecord>(finished, FILES.audit(id)))
    .filter((record) => record.e === e && record.time - zeroOf(finished) > killed)
    .toSorted((a, b) => a.time - b.time);
}

function zeroOf({ directory }: FinishedRun): number {
  const info = JSON.parse(readFileSync(join(directory ?? "", FILES.run), "utf8")) as {
    readonly zero: string;
  };
  return Number(info.zero);
}

test("it strikes at the event, whoever's it is, and says what has set it off", async () => {
  const finished = await run(
    KILL,
    "name: hush, when: { event: view-change, skip: 1 }, for: 600ms, fault: pause, target: subject",
  );
  const intent = line(finished, "intent", "hush");
  const who = intent?.targets["subject"];
  expect(intent?.setOffBy).toBe(`${who} logged view-change, view 1`);
  const own = logged(finished, "viewchange").find(({ replica }) => `r${replica}` === who);
  // It is heard of when it is about to be written: the pause is in time for that.
  expect((own?.time ?? 0) - zeroOf(finished)).toBeGreaterThanOrEqual(intent?.time ?? 0);
  expect(resultOf(finished, "hush")).toMatchObject({
    outcome: "installed",
    planned: null,
    when: "at view-change, 1 skipped",
    evidence: expect.arrayContaining([
      `installed: set off: ${who} logged view-change, view 1; heard 0.0 ms after it, done 0.0 ms after it`,
    ]),
  });
});

test("a delay counts from the event, and for from the installation", async () => {
  const finished = await run(
    KILL,
    "name: hush, when: { event: new-view, delay: 250ms }, for: 600ms, fault: pause, target: r3",
  );
  const [first] = logged(finished, "newview");
  const installed = line(finished, "installed", "hush")?.time ?? 0;
  const healed = line(finished, "healed", "hush")?.time ?? 0;
  const writtenAfter = (first?.time ?? 0) - zeroOf(finished) - (installed - 250e6);
  expect(writtenAfter).toBeGreaterThanOrEqual(0);
  expect(writtenAfter).toBeLessThan(10e6);
  expect(healed - installed).toBe(600e6);
});

test("next-primary is who leads the view that is asked for, while primary still leads", async () => {
  const finished = await run(
    "name: kill, fault: pause, at: 300ms, for: 1500ms, target: primary",
    "name: next, when: { event: view-change }, for: 1s, fault: crash, target: next-primary",
    "name: same, when: { after: next }, for: 100ms, fault: pause, target: [primary, next-primary]",
  );
  expect(line(finished, "intent", "kill")?.targets).toEqual({ primary: "r0" });
  expect(line(finished, "intent", "next")?.targets).toEqual({ "next-primary": "r1" });
  expect(line(finished, "intent", "same")).toMatchObject({
    targets: { primary: "r0", "next-primary": "r1" },
    setOffBy: "next has begun",
  });
});

test("what is never set off is skipped, with the reason, and makes no run grey", async () => {
  const finished = await run(
    KILL,
    "name: never, when: { event: view-change, skip: 90 }, for: 1s, fault: crash, target: subject",
    "name: follower, when: { healed: never }, fault: crash, target: r3",
  );
  expect(finished.judged?.judgement.verdict).toBe("PASS");
  expect(resultOf(finished, "never")).toMatchObject({ outcome: "skipped", installedAtMs: null });
  expect(line(finished, "installed", "never")?.evidence[0]).toMatch(
    /^view-change was seen \d+ times from 0s on, and it waits for 91 times$/,
  );
  expect(line(finished, "installed", "follower")).toMatchObject({
    outcome: "skipped",
    evidence: ["it was to begin after never is healed, which never came"],
  });
});

test("a run of which nothing was set off shows nothing of faults", async () => {
  const finished = await run("name: kill, when: { event: corrupt }, fault: crash, target: subject");
  expect(finished.judged?.judgement).toMatchObject({
    verdict: "INCONCLUSIVE",
    text: "Not judged: fault kill is skipped.",
  });
});

test("recovered is the first answer after an outage", async () => {
  const finished = await run(
    KILL,
    "name: again, when: { event: recovered }, for: 300ms, fault: pause, target: r3",
  );
  const intent = line(finished, "intent", "again");
  expect(intent?.setOffBy).toMatch(/^a client was answered after \d+ ms in which nobody was$/);
  expect(resultOf(finished, "again")?.outcome).toBe("installed");
  const at = (intent?.time ?? 0) - (line(finished, "intent", "kill")?.time ?? 0);
  const answers = linesOf<HistoryEvent>(finished, FILES.history).filter(
    ({ type }) => type === "ok",
  );
  expect(answers.filter(({ time }) => time === intent?.time)).not.toEqual([]);
  expect(at).toBeGreaterThan(500e6);
});

test("alarm is a health check that turns red, in the ledger and about a replica", async () => {
  const finished = await run(
    KILL,
    "name: page, when: { event: alarm, by: r0 }, for: 400ms, fault: pause, target: r3",
    "name: whom, when: { event: alarm }, for: 400ms, fault: delay, to: subject, latency: 5ms",
  );
  const all = linesOf<LedgerEntry>(finished, FILES.ledger);
  const [alarm] = all.filter((one) => one.kind === "alarm");
  expect(alarm).toMatchObject({ by: "the health check", about: "r0" });
  const killed = line(finished, "intent", "kill")?.time ?? 0;
  expect((alarm?.time ?? 0) - killed).toBeGreaterThan(3 * 150e6);
  expect((alarm?.time ?? 0) - killed).toBeLessThanOrEqual(5 * 150e6);
  expect(line(finished, "intent", "page")).toMatchObject({ time: alarm?.time });
  expect(line(finished, "intent", "whom")?.targets).toEqual({ subject: "r0" });
});

test("two runs of one plan are the same, line by line", async () => {
  const faults = [
    KILL,
    "name: cut, when: { event: prepared, first: true, by: backup, skip: 9, delay: 1ms }, for: 1s, " +
      "fault: partition, isolate: subject",
    "name: next, when: { healed: cut }, for: 700ms, fault: crash, target: subject",
  ];
  const [one, other] = [await run(...faults), await run(...faults)];
  for (const file of [FILES.ledger, FILES.history, ...[0, 1, 2, 3].map(FILES.audit)]) {
    expect(linesOf(other, file)).toEqual(linesOf(one, file));
  }
  expect(resultOf(one, "next")?.outcome).toBe("installed");
});
