import { expect, test } from "vitest";
import { unknownName } from "./closest.ts";

const MANY = Array.from({ length: 60 }, (_, at) => `odd-name-${at}`);

test("few names are all listed, of many those alike and who names the others", () => {
  expect(unknownName("odd", ["one", "two"], "list x")).toBe('found "odd"; allowed: one, two');
  const told = unknownName("quorum-2", [...MANY, "quorum-2f", "a-quorum-less"], "list x");
  expect(told).toBe(
    'found "quorum-2"; did you mean "quorum-2f"? allowed: quorum-2f, a-quorum-less; ' +
      "and 60 others: `list x`",
  );
  expect(unknownName("zzz", MANY, "list x")).toBe(
    'found "zzz"; allowed: 60 names, which `list x` lists',
  );
});
