import { describe, expect, test } from "vitest";
import { BAD_CLIENT } from "../../../faults/fault.ts";
import { nodeName } from "../../../nodes/protocols/contract/core.ts";
import { protocols, services } from "../../../nodes/registry.ts";
import { planWith } from "../../plan/plan.fixture.ts";
import type { PlanEntry } from "../../plan/plan.ts";
import { CLIENT_HOST } from "../client-host.ts";
import type { DesiredState } from "../desired-state.ts";
import { resolveEntry } from "../resolve-entry.ts";
import { Beats } from "./beats.ts";
import { KernelFaults, type Proof } from "./kernel-faults.ts";
import { clusterFor } from "./simulated-cluster.ts";

const LIES: readonly Pick<PlanEntry, "fault" | "resolved">[] = [
  { fault: BAD_CLIENT, resolved: { attack: "valid-for-one", host: CLIENT_HOST } },
  {
    fault: "byzantine",
    resolved: { targets: ["r3"], behaviour: "false-decision", parameters: { digest: "null" } },
  },
];

/** What is proven of one lie that begins at 500 ms and is healed two seconds later. */
async function proofsOf(
  lie: (typeof LIES)[number],
  behaves: (desired: DesiredState) => boolean = () => true,
): Promise<readonly Proof[]> {
  const entry = { id: "lie", name: "lie", atMs: 0, durationMs: 2_000, ...lie };
  const plan = planWith({ entries: [entry] });
  const cluster = clusterFor(plan, { nodes: { protocols, services } });
  const { kernel } = cluster;
  const periodMs = plan.cluster.parameters.timers.statusMs;
  const names = kernel.replicas.map(({ id }) => nodeName(id));
  const beats = new Beats(kernel, [...names, CLIENT_HOST], periodMs);
  const proofs: Proof[] = [];
  const faults = new KernelFaults({
    cluster: {
      ...cluster,
      behave: (desired) => {
        if (behaves(desired)) cluster.behave(desired);
      },
    },
    beats,
    periodMs,
    log: { ledger: () => {} },
    onProof: (proof) => proofs.push(proof),
  });
  for (const { id } of kernel.replicas) kernel.start(id);
  beats.start();
  kernel.runTo(500);
  const none = { nextPrimary: null, subject: null };
  const members = { replicas: names, clients: [CLIENT_HOST], primary: "r0", ...none };
  faults.inject(resolveEntry(entry, members));
  kernel.runTo(2_500);
  faults.heal(entry.id);
  kernel.runTo(30_000);
  expect(faults.unproven).toBe(0);
  return proofs;
}

describe.each(LIES)("$fault, $resolved", (lie) => {
  test("ends when it is healed, and what it counts stands still", async () => {
    const proofs = await proofsOf(lie);
    expect(proofs.map(({ kind, attestation }) => [kind, attestation.outcome])).toEqual([
      ["installed", "installed"],
      ["healed", "installed"],
    ]);
    const [evidence] = proofs[1]?.attestation.evidence ?? [];
    expect(evidence).toMatch(/was switched off: its count has stood still at \d+ frames for/);
  });
});

test("of a bad client whose heal is left out it is said that it goes on", async () => {
  const [badClient] = LIES;
  if (badClient === undefined) throw new Error("a bad client is among the lies");
  const isOn = (desired: DesiredState) => desired.behaviours(CLIENT_HOST).length > 0;
  const proofs = await proofsOf(badClient, isOn);
  const [, healed] = proofs;
  expect(healed).toMatchObject({ kind: "healed", attestation: { outcome: "ineffective" } });
  expect(healed?.attestation.evidence[0]).toMatch(/its count grew on to \d+/);
});
