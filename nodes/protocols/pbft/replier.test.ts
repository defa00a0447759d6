import { expect, test } from "vitest";
import { Replier } from "./replier.ts";

const STATUS_MS = 100;
const PATIENCE_MS = 4 * STATUS_MS;
const question = { number: 1, sequence: 4, nodes: [], frame: new Uint8Array(0) };

/** How long after it was asked now it is asked again, and given up. */
function patiences(replier: Replier, askedMs: number): readonly [again: number, up: number] {
  replier.asked(question, askedMs);
  const againMs = replier.dueAt;
  expect(replier.expire(againMs - 1)).toBe(null);
  expect(replier.expire(againMs)).toEqual({ repeat: question });
  const upMs = replier.dueAt;
  expect(replier.expire(upMs)).toEqual({ givenUp: question });
  return [againMs - askedMs, upMs - againMs];
}

test("protocols §8.3: patience doubles each time that it was too short, four times at most", () => {
  const replier = new Replier(1, STATUS_MS);
  const waited = [0, 1, 2].flatMap((round) => patiences(replier, 1e6 * round));
  expect(waited.map((ms) => ms / PATIENCE_MS)).toEqual([1, 2, 4, 8, 16, 16]);
});

test("protocols §8.3: each answer in time halves it", () => {
  const replier = new Replier(1, STATUS_MS);
  patiences(replier, 0);
  replier.asked(question, 1e6);
  replier.settle(question.number);
  replier.asked(question, 2e6);
  expect(replier.dueAt - 2e6).toBe(2 * PATIENCE_MS);
});
