import { Command } from "commander";
import { expect, test, vi } from "vitest";
import { faults } from "../../faults/registry.ts";
import { firstSentence, register } from "./list.ts";

async function printed(...args: readonly string[]): Promise<string> {
  const written: string[] = [];
  const write = vi.spyOn(process.stdout, "write").mockImplementation((text) => {
    written.push(String(text));
    return true;
  });
  try {
    const program = new Command().exitOverride();
    register(program);
    await program.parseAsync(["list", ...args], { from: "user" });
  } finally {
    write.mockRestore();
  }
  return written.join("");
}

test("every entry of a registry is listed with its summary", async () => {
  const listed: unknown = JSON.parse(await printed("faults", "--json"));
  expect(listed).toMatchObject(faults.map(({ kind, summary }) => ({ name: kind, summary })));
});

test("a fault is listed with what it needs, in words, and who has that", async () => {
  const words = "a hold on each single frame of a link";
  expect(await printed("faults")).toMatch(
    new RegExp(`^loss +loses a share .*\\n +needs ${words}: --driver simulation$`, "m"),
  );
  expect(JSON.parse(await printed("faults", "--json"))).toContainEqual(
    expect.objectContaining({ name: "loss", needs: words, drivers: ["simulation"] }),
  );
});

test("all that a fault can wait for is listed, other faults too", async () => {
  const listed = await printed("events");
  expect(listed).toMatch(/^view-change +it is about to ask for a view$/m);
  expect(listed).toMatch(/^recovered +a client is answered after nobody was/m);
  expect(listed).toMatch(/^healed: NAME +another fault is healed, which NAME names$/m);
});

test("what can be set of a behaviour stands below it, with what is allowed", async () => {
  const listed = await printed("behaviours");
  expect(listed).toMatch(/^arbitrary .*\n +seed: 0 to 2147483647, default 1\n +percent: /m);
  expect(listed).toMatch(/^equivocate .*\n +only as primary\n +victims: /m);
  expect(listed).toMatch(/^bad-chunk .*\n +only in state transfers\n/m);
  expect(listed).toMatch(/^ +both: true \| false, default true$/m);
  expect(listed).toMatch(/^ +victims: 1 or more$/m);
  expect(listed).toMatch(/^valid-for-some .*\n +what: proposals \| requests \| votes \| views, /m);
  expect(JSON.parse(await printed("behaviours", "--json"))).toContainEqual(
    expect.objectContaining({
      name: "wrong-body",
      only: "as primary",
      parameters: ["victims: 1 or more"],
    }),
  );
});

test("a word that is none of those is told with the nearest", async () => {
  const told = /'fualts' is invalid .*did you mean "faults"\? allowed: faults, events, /;
  await expect(printed("fualts")).rejects.toThrow(told);
});

test("what bad clients do is listed, and checks are checkers", async () => {
  expect(await printed("attacks")).toMatch(/^hasty-client +sends its next request to all before /m);
  expect(await printed("checks")).toBe(await printed("checkers"));
});

test("a scenario is listed by its path, with the first sentence of its comment", async () => {
  expect(await printed("scenarios")).toMatch(
    /^scenarios\/smoke\/no-fault\.yaml +Nothing goes wrong: four replicas, a steady load, no fault\.$/m,
  );
});

test("the first sentence ends at its full stop, not inside a number", () => {
  const text =
    "# yaml-language-server: $schema=x\n#\n# Waits 1.5 s\n# and goes. Then more.\nkind: S\n";
  expect(firstSentence(text)).toBe("Waits 1.5 s and goes.");
  expect(firstSentence("kind: Scenario\n")).toBe("");
});
