import fc from "fast-check";
import { expect, test } from "vitest";
import { EventQueue } from "./event-queue.ts";

test("events come out by time, and in order of insertion at equal times", () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 0, max: 20 })), (times) => {
      const queue = new EventQueue();
      const seen: [number, number][] = [];
      for (const [order, time] of times.entries()) queue.add(time, () => seen.push([time, order]));
      for (let event = queue.take(); event !== undefined; event = queue.take()) event.run();
      const wanted = times
        .map((time, order): [number, number] => [time, order])
        .toSorted(([a, i], [b, j]) => a - b || i - j);
      expect(seen).toEqual(wanted);
    }),
  );
});

test("an empty queue has its next event never", () => {
  const queue = new EventQueue();
  expect(queue.nextTime).toBe(Number.POSITIVE_INFINITY);
  expect(queue.take()).toBeUndefined();
});
