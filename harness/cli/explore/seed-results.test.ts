import { expect, test } from "vitest";
import { defaults } from "../../../nodes/registry.ts";
import { protocolSeeds, seedResults } from "./seed-results.ts";

test("what goes wrong in a thread goes wrong for whoever waits for its seeds", async () => {
  const assignment = {
    protocol: defaults.protocol,
    service: "none-such",
    signatures: "fast",
    behaviour: null,
    attack: null,
    faults: null,
    mutant: null,
    costs: "drawn",
    mutantFolders: [],
  } as const;
  const results = seedResults(protocolSeeds(assignment), { firstSeed: 1, seeds: 30 }, 2);
  await expect(results.next()).rejects.toThrow("there is no pbft-sig with none-such");
});
