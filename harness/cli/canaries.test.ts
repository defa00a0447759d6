import { expect, test } from "vitest";
import { EXIT_CODES } from "../checkers/verdict/exit-code.ts";
import { register } from "./canaries.ts";
import { commandUnderTest } from "./command.fixture.ts";

const command = commandUnderTest(register);

test("a name of no planted bug is refused, with the one that may be meant", async () => {
  const refused = command.run("canaries", "local-raed");
  await expect(refused).rejects.toThrow('found "local-raed"; did you mean "local-read"? allowed:');
});

test("a bug whose lie does not fit the protocol is not tried, and that is no catch", async () => {
  const asked = ["checkpoint-digest-ignored", "--protocol", "unreplicated"];
  expect(await command.run("canaries", ...asked)).toBe(EXIT_CODES.otherVerdict);
  expect(command.printed).toBe(
    "0 of 0 planted bugs caught\n" +
      "checkpoint-digest-ignored: not tried: " +
      "false-checkpoint is no lie in unreplicated; it fits pbft-sig, pbft-mac, pbft-mac-proof, pbft-relay\n",
  );
});

test("a bug that no drawn plan shows is not tried, and the scenario that shows it is named", async () => {
  expect(await command.run("canaries", "waits-for-who-is-away")).toBe(EXIT_CODES.otherVerdict);
  expect(command.printed).toBe(
    "0 of 0 planted bugs caught\n" +
      "waits-for-who-is-away: not tried: no drawn plan shows it; " +
      "scenarios/canaries/degradation.yaml does\n",
  );
});
