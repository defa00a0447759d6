import { afterEach, expect, test } from "vitest";
import { catchUp } from "./catching-up.fixture.ts";
import { cleanUp } from "./replica-process.fixture.ts";

afterEach(cleanUp);

/** A state over 4 MiB once never arrived: every chunk above the allowed rate was refused (D1). */
test("a replica that was away for 3 000 writes of 1.5 KB catches up while clients write on", async () => {
  const asked = { keys: 3000, valueBytes: 1536, underLoad: true, deadlineMs: 20_000 };
  const { bytesFetched, nodesFetched } = await catchUp(asked);
  expect(bytesFetched).toBeGreaterThan((asked.keys * asked.valueBytes) / 2);
  expect(nodesFetched).toBeGreaterThan(10);
});
