import { checkers } from "../checkers/registry.ts";

const summaries = new Map(checkers.map(({ id, summary }) => [id, summary]));

/** What a check claims, in words; empty for one that is no more. */
export function checkSummary(id: string): string {
  return summaries.get(id) ?? "";
}
