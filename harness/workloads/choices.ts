/** What a logical client asks next: kind by the mix, key by Zipf, values unique, `cas` informed. */

import type {
  Operation,
  OperationKind,
  OperationResult,
  ServiceDefinition,
} from "../../nodes/protocols/contract/service.ts";
import { keyName } from "../plan/keys.ts";
import type { PlannedWorkload } from "../plan/plan.ts";
import { createRandom, type Random } from "../plan/random.ts";

export interface OperationChoices {
  next(client: number): Operation;
  /** Remembers what this client now believes; without a result it believes that a write arrived. */
  learn(client: number, operation: Operation, result: OperationResult | undefined): void;
}

/** @throws RangeError if the mix is empty or asks for what the service does not have */
export function createChoices(
  workload: PlannedWorkload,
  service: ServiceDefinition,
): OperationChoices {
  const random = createRandom(workload.seed);
  const kinds = mixOf(workload, service);
  const drawKind = weighted(
    kinds.map(([, share]) => share),
    random,
  );
  const drawKey = weighted(zipf(workload.keys, workload.skew), random);
  const beliefs = new Map<string, string | null>();
  let written = 0;

  return {
    next(client) {
      const kind = kinds[drawKind()]?.[0];
      if (kind === undefined) throw new RangeError("the mix is empty");
      if (kind === "null") return { f: "null" };
      const key = keyName(drawKey());
      if (kind === "read" || kind === "delete") return { f: kind, key };
      // The client is part of the value, so that values stay unique with several generators.
      written += 1;
      const value = `v${written}.${client}`;
      if (kind === "write" || kind === "append") return { f: kind, key, value };
      return { f: "cas", key, value: [beliefs.get(`${client} ${key}`) ?? null, value] };
    },
    learn(client, operation, result) {
      if (operation.f === "null") return;
      const name = `${client} ${operation.key}`;
      const belief = beliefAfter(operation, result);
      if (belief === undefined) beliefs.delete(name);
      else beliefs.set(name, belief);
    },
  };
}

/** Undefined = no idea, which the next `cas` turns into "absent". */
function beliefAfter(
  operation: Exclude<Operation, { readonly f: "null" }>,
  result: OperationResult | undefined,
): string | null | undefined {
  if (result?.refused !== undefined) return undefined;
  switch (operation.f) {
    case "read":
      return result?.value;
    case "write":
      return operation.value;
    case "delete":
      return null;
    case "cas":
      return result?.ok === false ? undefined : operation.value[1];
    case "append":
      return undefined;
    default:
      return operation satisfies never;
  }
}

function mixOf(
  { mix }: PlannedWorkload,
  service: ServiceDefinition,
): readonly (readonly [OperationKind, number])[] {
  const shares = Object.entries(mix) as [OperationKind, number][];
  for (const [kind] of shares) {
    if (service.operations.includes(kind)) continue;
    throw new RangeError(`the service ${service.name} has no operation ${kind}`);
  }
  return shares.filter(([, share]) => share > 0);
}

/** Weight of each rank: 1 / rank^skew; equal weights for skew 0. */
function zipf(keys: number, skew: number): readonly number[] {
  return Array.from({ length: keys }, (_, rank) => 1 / (rank + 1) ** skew);
}

/** @returns a function that draws an index with probability proportional to its weight */
function weighted(weights: readonly number[], random: Random): () => number {
  let total = 0;
  const bounds = weights.map((weight) => {
    total += weight;
    return total;
  });
  return () => {
    const point = random.fraction() * total;
    let low = 0;
    let high = bounds.length - 1;
    while (low < high) {
      const middle = Math.floor((low + high) / 2);
      if (point < (bounds[middle] ?? total)) high = middle;
      else low = middle + 1;
    }
    return low;
  };
}
