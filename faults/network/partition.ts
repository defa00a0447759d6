/** Cuts the network into parts. Links are directed: a cut between two endpoints is two links. */
import { z } from "zod";
import { drawOne, drawOneWay } from "../drawing.ts";
import type { InjectionContext, PlanningContext, Target } from "../fault.ts";
import { defineFault } from "../fault.ts";
import type { Link, LinkSelection } from "../targets.ts";
import { allLinks, drawOrder, planLinks, resolveAll, selectLinks, targets } from "../targets.ts";

const TOPOLOGIES = ["halves", "bridge", "ring", "chained", "one-way"] as const;
const SHAPE = "give exactly one of isolate, groups and topology";

const schema = z
  .strictObject({
    isolate: targets.optional(),
    groups: z.array(targets).min(2, "a partition needs at least 2 groups").optional(),
    topology: z.enum(TOPOLOGIES).optional(),
    from: targets.optional(),
    to: targets.optional(),
    semantics: z.enum(["refuse", "drop", "hold"]).default("drop"),
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
type Semantics = Keys["semantics"];

/** The random part is spent: the order of a ring is a list of names. */
type Shape =
  | { readonly shape: "isolate"; readonly isolated: readonly Target[] }
  | { readonly shape: "groups"; readonly groups: readonly (readonly Target[])[] }
  /** Only replicas that stand beside each other in `order` still reach each other. */
  | { readonly shape: "neighbours"; readonly order: readonly Target[]; readonly closed: boolean }
  | { readonly shape: "one-way"; readonly links: LinkSelection };

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
    {
      offsetMs: 0,
      durationMs,
      resolved: { ...planShape(keys, context), semantics: keys.semantics },
    },
  ],
  // Halves, bridges, rings and chains leave no quorum that reaches itself: they are for scenarios
  // that expect a halt.
  draw(context) {
    const semantics = drawOne(["refuse", "drop", "hold"], context);
    const shape = drawOne(["isolate", "groups", "one-way"], context);
    const victim = context.drawVictim();
    if (shape === "isolate") return { isolate: victim, semantics };
    if (shape === "one-way") return { topology: shape, ...drawOneWay(context), semantics };
    const others = context.replicas.filter((replica) => replica !== victim);
    return { groups: [victim, others], semantics };
  },
  effects: (resolved: Shape & { readonly semantics: Semantics }, context) =>
    cutLinks(resolved, context).map(({ from, to }) => ({
      on: "network" as const,
      from,
      to,
      condition: { kind: resolved.semantics },
    })),
});

function planShape(keys: Keys, context: PlanningContext): Shape {
  if (keys.isolate !== undefined) {
    return { shape: "isolate", isolated: context.expandTargets(keys.isolate) };
  }
  if (keys.groups !== undefined) {
    return { shape: "groups", groups: keys.groups.map((group) => context.expandTargets(group)) };
  }
  const topology = keys.topology ?? "halves";
  if (topology === "one-way") return { shape: "one-way", links: planLinks(keys, context) };
  const order = drawOrder(context.replicas, context);
  switch (topology) {
    case "ring":
      return { shape: "neighbours", order, closed: true };
    case "chained":
      return { shape: "neighbours", order, closed: false };
    case "bridge":
      // The bridge is in no group: it keeps its links to both halves.
      return { shape: "groups", groups: halve(order.slice(1)) };
    case "halves":
      return { shape: "groups", groups: halve(order) };
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
