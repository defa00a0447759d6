import { expect, test } from "vitest";
import { FinalReads } from "./final-reads.ts";

/** Answered when the test says so, on a clock of its own. */
function reading({ deadlineMs = Infinity } = {}) {
  const clock = { ms: 0 };
  const asked: string[] = [];
  const over: boolean[] = [];
  let answer: (answered: boolean) => void = () => {};
  const reads = new FinalReads({
    keys: ["k0", "k1"],
    deadlineMs,
    now: () => clock.ms,
    read(key, done) {
      asked.push(key);
      answer = done;
    },
    done: (complete) => over.push(complete),
  });
  reads.begin();
  return { reads, clock, asked, over, answer: (answered: boolean) => answer(answered) };
}

test("once they are given up nothing more is asked for, though the last is answered", () => {
  for (const answered of [true, false]) {
    const { reads, asked, over, answer } = reading();
    reads.giveUp();
    answer(answered);
    expect(asked).toEqual(["k0"]);
    expect(over).toEqual([false]);
    expect(reads.isOver).toBe(true);
  }
});

test("how long one waits counts from when its key was first asked for", () => {
  const { reads, clock, asked, answer } = reading();
  clock.ms = 5;
  answer(true);
  expect(reads.askedMs).toBe(5);
  clock.ms = 9;
  answer(false);
  expect(asked).toEqual(["k0", "k1", "k1"]);
  expect(reads.askedMs).toBe(5);
});

test("who is at the end of them cannot be given up any more", () => {
  const { reads, over, answer } = reading();
  answer(true);
  answer(true);
  reads.giveUp();
  expect(over).toEqual([true]);
});

test("after the deadline what is answered goes on, and what is not ends them", () => {
  const { clock, asked, over, answer } = reading({ deadlineMs: 10 });
  clock.ms = 11;
  answer(true);
  expect(asked).toEqual(["k0", "k1"]);
  answer(false);
  expect(over).toEqual([false]);
});
