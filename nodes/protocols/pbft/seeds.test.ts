/** Plans that once failed, kept as they were drawn: each names what it showed. */
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { brokenPromises } from "../../../harness/cli/explore-oracle.ts";
import { judgePlan } from "../../../harness/drivers/simulation/explore.ts";
import { readPlanFile } from "../../../harness/plan-file.ts";
import { kv } from "../../services/kv.ts";
import { pbftMac } from "./variants/pbft-mac.ts";
import { pbftMacProof } from "./variants/pbft-mac-proof.ts";
import { pbftRelay } from "./variants/pbft-relay.ts";
import { pbftSig } from "./variants/pbft-sig.ts";

const folder = join(import.meta.dirname, "seeds");

const KEPT = [
  {
    seed: 348,
    protocol: pbftSig,
    title:
      "a restarted replica decides from COMMITs of an old view, its own among them, " +
      "although it holds newer ones of the same replicas",
  },
  {
    seed: 1723,
    protocol: pbftSig,
    title: "state transfer completes on a wire whose round trip is longer than four STATUS periods",
  },
  ...[500_202, 500_002_728, 910_000_407, 910_001_938].map((seed) => ({
    seed,
    protocol: pbftSig,
    title: "clients that give up before the request timer expires do not start it anew for ever",
  })),
  {
    seed: 40_135,
    protocol: pbftMac,
    title: "who was told of a number and installed a state above it does not state it as its own",
  },
  {
    seed: 20_556,
    protocol: pbftMac,
    title:
      "a VIEW-CHANGE does not claim the state that was installed and is older than the stable one",
  },
  {
    seed: 307,
    protocol: pbftMac,
    title: "a state is fetched from whoever has it, and not from those alone that a NEW-VIEW names",
  },
  {
    seed: 630_232,
    protocol: pbftMac,
    title: "a state that was reached by executing is not aimed at anew, whoever else has it",
  },
  {
    seed: 700_037,
    protocol: pbftRelay,
    title: "what was prepared before a restart waits on, although no client asks for it any more",
  },
  {
    seed: 600_555,
    protocol: pbftMacProof,
    title: "what is prepared and cannot be executed waits, although others have served its client",
  },
  {
    seed: 659_899,
    protocol: pbftMacProof,
    title: "one that has executed what two others cannot changes the view with them",
  },
  {
    seed: 651_298,
    protocol: pbftMacProof,
    title: "a window that moves fast is proved as fast, and waits for no period",
  },
  {
    seed: 945_041,
    protocol: pbftMacProof,
    title: "VIEW-CHANGEs that wait for a stable mark are not looked at all in one input",
  },
  {
    seed: 701_167,
    protocol: pbftMacProof,
    title: "what measured a view that was skipped does not depose the primary of the one entered",
  },
  {
    seed: 701_358,
    protocol: pbftMacProof,
    title: "periods of more work than they have time for leave time to read in between",
  },
  {
    seed: 728_841,
    protocol: pbftMacProof,
    title: "who lags fetches a state that W others claim where too few can state the decisions",
  },
  {
    seed: 771_087,
    protocol: pbftMacProof,
    title: "a log is written anew also by who starts again before it has written much",
  },
  {
    seed: 800_203,
    protocol: pbftSig,
    title: "who starts again on an own state still shows what was decided below it",
  },
  {
    seed: 700_740,
    protocol: pbftRelay,
    title: "a primary fetches the request that convinced everybody but itself, and is not deposed",
  },
  {
    seed: 37,
    protocol: pbftRelay,
    title: "a primary that restarts in a view which chose nothing goes on above its base",
  },
];

test.each(KEPT)("seed $seed: $title", ({ seed, protocol }) => {
  const plan = readPlanFile(join(folder, `${seed}.json`));
  const { broken } = judgePlan(plan, { protocol, service: kv, judge: brokenPromises });
  expect(broken).toEqual([]);
});

/** Files without a line in the list: nobody plays them. */
function unplayed(files: readonly string[]): readonly string[] {
  const names = new Set(KEPT.map(({ seed }) => `${seed}.json`));
  return files.filter((file) => !names.has(file));
}

test("every plan that is kept is played", () => {
  expect(unplayed(readdirSync(folder))).toEqual([]);
  expect(unplayed(["348.json", "349.json"])).toEqual(["349.json"]);
});
