/** Cuts the network into parts. Links are directed: a cut between two endpoints is two links. */
import { z } from "zod";
import { drawOne, drawOneWay } from "../drawing.ts";
import type { InjectionContext, PlanningContext, Target } from "../fault.ts";
import { defineFault } from "../fault.ts";
import type { Link } from "../targets.ts";
import {
  allLinks,
  drawOrder,
  planLinks,
  plannedLinks,
  plannedTargets,
  resolveAll,
  selectLinks,
  targets,
} from "../targets.ts";

const TOPOLOGIES = ["halves", "bridge", "ring", "chained", "one-way"] as const;
const semantics = z.enum(["refuse", "drop", "hold"]);
const SHAPE = "give exactly one of isolate, groups and topology";

const schema = z
  .strictObject({
    isolate: targets.optional(),
    groups: z.array(targets).min(2, "a partition needs at least 2 groups").optional(),
    topology: z.enum(TOPOLOGIES).optional(),
    from: targets.optional(),
    to: targets.optional(),
    semantics: semantics.default("drop"),
  })
  .superRefine((keys, issues) => {
    const report = (path: string, message: string) =>
      issues.addIssue({ code: "custom", path: [path], message });
    const shapes = [keys.isolate, keys.groups, keys.topology].filter((key) => key !== undefined);
    if (shapes.length !== 1) report("isolate", SHAPE);
    const oneWay = keys.topology === "one-way";
    if (oneWay && keys.from === undefined && keys.to === undefined) {
      report("topology", "one-way needs from, to, or both");
    }
    if (!oneWay && keys.from !== undefined) report("from", "from belongs to topology: one-way");
    if (!oneWay && keys.to !== undefined) report("to", "to belongs to topology: one-way");
    const members = (keys.groups ?? []).flat();
    const twice = members.find((member, at) => members.indexOf(member) !== at);
    if (twice !== undefined) report("groups", `${twice} is in two groups`);
  });

type Keys = z.output<typeof schema>;

/** The random part is spent: the order of a ring is a list of names. */
const planned = z.discriminatedUnion("shape", [
  z.strictObject({ shape: z.literal("isolate"), isolated: plannedTargets, semantics }),
  z.strictObject({
    shape: z.literal("groups"),
    groups: z.array(plannedTargets).readonly(),
    semantics,
  }),
  /** Only replicas that stand beside each other in `order` still reach each other. */
  z.strictObject({
    shape: z.literal("neighbours"),
    order: plannedTargets,
    closed: z.boolean(),
    semantics,
  }),
  z.strictObject({ shape: z.literal("one-way"), links: plannedLinks, semantics }),
]);

type Shape = Readonly<z.output<typeof planned>>;

export const partition = defineFault({
  kind: "partition",
  summary:
    "cuts links: isolate (each named endpoint from everyone), groups (an endpoint in none keeps all its links), " +
    "or a topology of the replicas (halves, bridge, ring, chained; one-way with from and to)",
  needs: ["network"],
  schema,
  examples: [
    { isolate: "backup", semantics: "refuse" },
    { isolate: "primary", semantics: "refuse" },
    { isolate: ["r1", "c0"], semantics: "hold" },
    {
      groups: [
        ["r0", "c0"],
        ["r1", "r2", "r3"],
      ],
    },
    { topology: "halves" },
    { topology: "bridge" },
    { topology: "ring" },
    { topology: "chained" },
    { topology: "one-way", from: "primary", to: "clients" },
  ],
  lasting: true,
  plan: (keys, context, { durationMs }) => [
    { offsetMs: 0, durationMs, resolved: planShape(keys, context) },
  ],
  // Halves, bridges, rings and chains leave no quorum that reaches itself: they are for scenarios
  // that expect a halt.
  draw(context) {
    const drawn = { semantics: drawOne(["refuse", "drop", "hold"], context) };
    const shape = drawOne(["isolate", "groups", "one-way"], context);
    const victim = context.drawVictim();
    if (shape === "isolate") return { isolate: victim, ...drawn };
    if (shape === "one-way") return { topology: shape, ...drawOneWay(context), ...drawn };
    const others = context.replicas.filter((replica) => replica !== victim);
    return { groups: [victim, others], ...drawn };
  },
  resolved: planned,
  effects: (resolved, context) =>
    cutLinks(resolved, context).map(({ from, to }) => ({
      on: "network" as const,
      from,
      to,
      condition: { kind: resolved.semantics },
    })),
});

function planShape(keys: Keys, context: PlanningContext): Shape {
  const { isolate, groups, semantics: kind } = keys;
  if (isolate !== undefined) {
    return { shape: "isolate", isolated: context.expandTargets(isolate), semantics: kind };
  }
  if (groups !== undefined) {
    const expanded = groups.map((group) => context.expandTargets(group));
    return { shape: "groups", groups: expanded, semantics: kind };
  }
  const topology = keys.topology ?? "halves";
  if (topology === "one-way") {
    return { shape: "one-way", links: planLinks(keys, context), semantics: kind };
  }
  const order = drawOrder(context.replicas, context);
  switch (topology) {
    case "ring":
      return { shape: "neighbours", order, closed: true, semantics: kind };
    case "chained":
      return { shape: "neighbours", order, closed: false, semantics: kind };
    case "bridge":
      // The bridge is in no group: it keeps its links to both halves.
      return { shape: "groups", groups: halve(order.slice(1)), semantics: kind };
    case "halves":
      return { shape: "groups", groups: halve(order), semantics: kind };
    default:
      return topology satisfies never;
  }
}

function halve(order: readonly Target[]): readonly (readonly Target[])[] {
  const middle = Math.ceil(order.length / 2);
  return [order.slice(0, middle), order.slice(middle)];
}

function cutLinks(shape: Shape, context: InjectionContext): readonly Link[] {
  const links = allLinks(context);
  switch (shape.shape) {
    case "isolate": {
      const isolated = new Set(resolveAll(shape.isolated, context));
      return links.filter(({ from, to }) => isolated.has(from) || isolated.has(to));
    }
    case "groups": {
      const groups = shape.groups.map((group) => resolveAll(group, context));
      // `primary` may resolve to a replica that another group names: the first group has it.
      const groupOf = (endpoint: string) => groups.findIndex((group) => group.includes(endpoint));
      return links.filter(({ from, to }) => {
        const [a, b] = [groupOf(from), groupOf(to)];
        return a >= 0 && b >= 0 && a !== b;
      });
    }
    case "neighbours": {
      const order = resolveAll(shape.order, context);
      return links.filter(({ from, to }) => {
        const [a, b] = [order.indexOf(from), order.indexOf(to)];
        if (a < 0 || b < 0) return false;
        const distance = Math.abs(a - b);
        return distance > 1 && !(shape.closed && distance === order.length - 1);
      });
    }
    case "one-way":
      return selectLinks(shape.links, context);
    default:
      return shape satisfies never;
  }
}
