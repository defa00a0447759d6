import { Command } from "commander";
import { afterEach, expect, test, vi } from "vitest";
import { choice, setOption } from "./arguments.ts";

afterEach(() => {
  vi.unstubAllEnvs();
});

/** What `--set` comes to, in order: the last one of a key is the one that counts. */
function setsOf(...given: readonly string[]): unknown {
  const command = new Command().addOption(setOption());
  command.parse(given, { from: "user" });
  return command.opts()["set"];
}

test("what the environment sets stands before what the command line sets", () => {
  expect(setsOf()).toEqual([]);
  vi.stubEnv("BFT_CHAOS_SET", "cluster.protocol=pbft-mac  cluster.f=1");
  expect(setsOf()).toEqual(["cluster.protocol=pbft-mac", "cluster.f=1"]);
  expect(setsOf("--set", "cluster.protocol=pbft-sig", "--set", "seed=3")).toEqual([
    "cluster.protocol=pbft-mac",
    "cluster.f=1",
    "cluster.protocol=pbft-sig",
    "seed=3",
  ]);
});

test("a value that is no name of the registry is told with the nearest, and several are kept", () => {
  const entries = [{ name: "local" }, { name: "docker" }];
  const parsed = (...given: readonly string[]): unknown => {
    const command = new Command().exitOverride().configureOutput({ writeErr: () => undefined });
    command.addOption(choice("--driver <names...>", entries).env("BFT_CHAOS_TRIED"));
    return command.parse(given, { from: "user" }).opts()["driver"];
  };
  expect(parsed("--driver", "docker", "local")).toEqual(["docker", "local"]);
  const told = 'is invalid. did you mean "local"? allowed: local, docker';
  expect(() => parsed("--driver", "docker", "locla")).toThrow(told);
  vi.stubEnv("BFT_CHAOS_TRIED", "locla");
  expect(() => parsed()).toThrow(told);
});
