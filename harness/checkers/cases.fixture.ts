import type { Case } from "./case.fixture.ts";
import { clientCases } from "./client-cases.fixture.ts";
import { executionCases } from "./execution-cases.fixture.ts";
import { livenessCases } from "./liveness-cases.fixture.ts";
import { orderingCases } from "./ordering-cases.fixture.ts";

/** By the id of the checker. */
export const cases: Readonly<Record<string, readonly Case[]>> = {
  ...executionCases,
  ...clientCases,
  ...orderingCases,
  ...livenessCases,
};
