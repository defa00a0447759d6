import { z } from "zod";
import { drawLinks } from "../drawing.ts";
import { defineFault } from "../fault.ts";
import { linkName } from "../link-state.ts";
import {
  allLinks,
  linkKeys,
  oneWayOrTarget,
  planLinks,
  plannedLinks,
  selectLinks,
} from "../targets.ts";
import { duration } from "../units.ts";

/** Toxiproxy's clock: it takes whole milliseconds and nothing else. */
const wholeMs = duration.refine(Number.isInteger, "a delay is a whole number of milliseconds");

const schema = z
  .strictObject({
    ...linkKeys,
    latency: wholeMs,
    jitter: wholeMs.prefault("0ms"),
    spread: wholeMs.prefault("0ms"),
  })
  .refine(oneWayOrTarget.holds, oneWayOrTarget.error)
  .refine(({ latency, spread }) => spread <= latency, {
    error: "spread may not exceed latency",
    path: ["spread"],
  })
  .refine(({ latency, jitter, spread }) => spread > latency || jitter <= latency - spread, {
    error: "jitter may not exceed the smallest latency of a link (latency - spread)",
    path: ["jitter"],
  });

const milliseconds = z.number().min(0);

const planned = z.strictObject({
  links: plannedLinks,
  latencyMs: milliseconds,
  jitterMs: milliseconds,
  /** Drawn latencies by link name; empty without a spread. */
  drawn: z.record(z.string(), milliseconds),
});

export const delay = defineFault({
  kind: "delay",
  summary:
    "delays links by latency; spread draws each link's latency once from latency ± spread; " +
    "jitter varies it per chunk and does not replay; without from, to or target: every link",
  needs: ["network"],
  schema,
  examples: [
    { to: "r3", latency: "40ms", jitter: "5ms" },
    { target: "clients", latency: "40ms", spread: "20ms" },
    { latency: "1s" },
  ],
  lasting: true,
  plan(keys, context, { durationMs }) {
    const low = keys.latency - keys.spread;
    const high = keys.latency + keys.spread;
    const draw = () => context.drawInteger(low, high);
    const drawn =
      keys.spread === 0
        ? []
        : allLinks(context).map(({ from, to }) => [linkName(from, to), draw()] as const);
    const resolved = {
      links: planLinks(keys, context),
      latencyMs: keys.latency,
      jitterMs: keys.jitter,
      drawn: Object.fromEntries(drawn),
    };
    return [{ offsetMs: 0, durationMs, resolved }];
  },
  /** Either some link or all of them a little late, or somebody's links too late to be timely. */
  draw(context) {
    const slow = context.drawInteger(0, 2) === 0;
    const everywhere = !slow && context.drawInteger(0, 2) === 0;
    const latency = slow ? context.drawInteger(200, 500) : context.drawInteger(10, 40);
    return {
      ...(everywhere ? {} : drawLinks(context)),
      latency: `${latency}ms`,
      jitter: `${context.drawInteger(0, Math.floor(latency / 4))}ms`,
      spread: `${context.drawInteger(0, Math.floor(latency / 4))}ms`,
    };
  },
  resolved: planned,
  effects: (resolved, context) =>
    selectLinks(resolved.links, context).map(({ from, to }) => ({
      on: "network" as const,
      from,
      to,
      condition: {
        kind: "delay" as const,
        latencyMs: resolved.drawn[linkName(from, to)] ?? resolved.latencyMs,
        jitterMs: resolved.jitterMs,
      },
    })),
});
