import type { Room } from "../fault.ts";
import { delay } from "../network/delay.ts";
import { crash } from "../process/crash.ts";
import { throttle } from "../process/throttle.ts";
import { drawOrder } from "../targets.ts";
import { drawReplica, listed } from "./choice.ts";
import { type Deed, happened, type OperatorError, type WorkContext } from "./work.ts";

/** How late and how uneven everything gets while it warms up, one after the other. */
const WARMER = [
  { latency: 15, jitter: 5 },
  { latency: 40, jitter: 25 },
] as const;

/** What the heat leaves of a CPU: less than a little load asks for, or nothing would be seen. */
const HOT_SHARE = "3%";

export const coffeeOnTheAirConditioning: OperatorError = {
  id: "T-01",
  name: "coffee-on-the-air-conditioning",
  summary: "spills coffee on an air conditioning unit: what it cools gets slow and dies one by one",
  source: "Mickens, The Saddest Moment (2013)",
  stoppedBy: "none: coffee asks nobody; rooms with units of their own keep it within f",
  needs: ["network", "process", "cpu"],
  // Each step of the heat lasts long enough to be proven (faults §4.3).
  leastMs: 4_500,
  wrong(context) {
    const { ac, victims } = drawUnit(context);
    const meant = `drink a coffee beside ${ac}`;
    // A half for the heat, a half for the dead, who are back when it has cooled down. One step for
    // each: the beats of a replica whose CPU stands still would not tell of a delay.
    const stepMs = Math.floor(context.restMs / (2 * (WARMER.length + 1)));
    const heat = WARMER.map(({ latency, jitter }, step): Deed => {
      const keys = { target: [...victims], latency: `${latency}ms`, jitter: `${jitter}ms` };
      const place = step === 0 ? "spilled it" : "it gets warmer";
      const did = `${place}: all of ${listed(victims)} is ${latency} ± ${jitter} ms late`;
      const when = { offsetMs: step * stepMs, durationMs: stepMs };
      return happened({ fault: delay, keys, ...when, meant, did }, context);
    });
    const hot = happened(
      {
        fault: throttle,
        keys: { target: [...victims], share: HOT_SHARE },
        offsetMs: WARMER.length * stepMs,
        durationMs: stepMs,
        meant,
        did: `it gets hot: the CPUs of ${listed(victims)} slow down to ${HOT_SHARE}`,
      },
      context,
    );
    const firstMs = (WARMER.length + 1) * stepMs;
    const apartMs = Math.floor((context.restMs - firstMs) / (victims.length + 1));
    const deaths = drawOrder(victims, context).map((target, index): Deed => {
      const offsetMs = firstMs + index * apartMs;
      const did = `${target} has died of the heat, and stays off until the room has cooled down`;
      const when = { offsetMs, durationMs: context.restMs - offsetMs };
      return happened({ fault: crash, keys: { target }, ...when, meant, did }, context);
    });
    return [...heat, hot, ...deaths];
  },
  // One replica is taken out for the service of its unit, and put back.
  right(context) {
    const target = drawReplica(context);
    const words = { meant: "service a unit", did: `${target} was off as long as it took` };
    const durationMs = context.drawReactionMs();
    return [happened({ fault: crash, keys: { target }, durationMs, ...words }, context)];
  },
};

/** One of the units that cool anything, and all that it cools. */
function drawUnit(
  context: WorkContext,
): Pick<Room, "ac"> & { readonly victims: readonly string[] } {
  const units = [...new Set(context.rooms.map((room) => room.ac))];
  const ac = units[context.drawInteger(0, units.length - 1)] ?? "the unit";
  const cooled = context.rooms.filter((room) => room.ac === ac);
  return { ac, victims: cooled.flatMap(({ replicas }) => replicas) };
}
