import type { Case } from "./case.fixture.ts";
import { clientCases } from "./client-cases.fixture.ts";
import { cutShortCases } from "./cut-short-cases.fixture.ts";
import { executionCases } from "./execution-cases.fixture.ts";
import { livenessCases } from "./liveness-cases.fixture.ts";
import { orderingCases } from "./ordering-cases.fixture.ts";

/** By the id of the checker. */
export const cases: Readonly<Record<string, readonly Case[]>> = merged(
  executionCases,
  clientCases,
  orderingCases,
  livenessCases,
  cutShortCases,
);

function merged(
  ...groups: readonly Readonly<Record<string, readonly Case[]>>[]
): Readonly<Record<string, readonly Case[]>> {
  const all = Object.fromEntries(
    groups
      .flatMap((group) => Object.keys(group))
      .map((id) => [id, groups.flatMap((group) => group[id] ?? [])]),
  );
  return all;
}
