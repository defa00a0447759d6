/** The keys by which a fault says where it strikes, and what they come to. */
import { z } from "zod";
import type { Endpoint, InjectionContext, PlanningContext, Target } from "./fault.ts";
import { isClientHost } from "./link-state.ts";

const name = z.string().min(1);

/**
 * A replica, `primary`, `next-primary`, `backup`, `subject`, `random-f`, `everyone`, `clients`, a
 * client host, or a list of them.
 */
export const targets = z.union([name, z.array(name).min(1)], {
  error: "allowed: a replica (r1), primary, next-primary, backup, random-f and its like, or a list",
});

/** A strict schema's keys for faults of links; see {@link oneWayOrTarget}. */
export const linkKeys = {
  from: targets.optional(),
  to: targets.optional(),
  target: targets.optional(),
};

interface LinkKeys {
  readonly from?: string | readonly string[] | undefined;
  readonly to?: string | readonly string[] | undefined;
  readonly target?: string | readonly string[] | undefined;
}

/** For `.refine`: `target` means both directions, so it excludes `from` and `to`. */
export const oneWayOrTarget = {
  holds: ({ from, to, target }: LinkKeys) =>
    target === undefined || (from === undefined && to === undefined),
  error: {
    error: "target means both directions; give either target, or from and to",
    path: ["target"] as string[],
  },
};

/** As a plan has them: `backup` and `random-f` were drawn, a role is resolved at injection. */
const plannedTarget = z.string().regex(/^([rc]\d+|primary|next-primary|subject|backup#\d+)$/, {
  error: "allowed: r0 and its like, c0, primary, next-primary, backup#0 and its like, subject",
});

export const plannedTargets = z.array(plannedTarget).readonly();

const plannedEnd = plannedTargets.nullable();

export const plannedLinks = z.strictObject({
  from: plannedEnd,
  to: plannedEnd,
  target: plannedEnd,
});

/** Which links, before symbolic names have answers. Null = any endpoint. */
export type LinkSelection = Readonly<z.output<typeof plannedLinks>>;

export interface Link {
  readonly from: Endpoint;
  readonly to: Endpoint;
}

type Endpoints = Pick<PlanningContext, "replicas" | "clients">;

/** Every directed link there is: between replicas, and between client hosts and replicas. */
export function allLinks({ replicas, clients }: Endpoints): readonly Link[] {
  const endpoints = [...replicas, ...clients];
  return endpoints.flatMap((from) =>
    endpoints
      .filter((to) => to !== from && !(isClientHost(from) && isClientHost(to)))
      .map((to) => ({ from, to })),
  );
}

/** Spends the randomness of `random-f` and `backup`; `primary` stays symbolic. */
export function planLinks(keys: LinkKeys, context: PlanningContext): LinkSelection {
  const expand = (key: string | readonly string[] | undefined) =>
    key === undefined ? null : context.expandTargets(key);
  return { from: expand(keys.from), to: expand(keys.to), target: expand(keys.target) };
}

/** The links a selection comes to at injection, in the order of {@link allLinks}. */
export function selectLinks(selection: LinkSelection, context: InjectionContext): readonly Link[] {
  const resolve = (list: readonly Target[] | null) =>
    list === null ? null : new Set(list.map((target) => context.resolve(target)));
  const from = resolve(selection.from);
  const to = resolve(selection.to);
  const target = resolve(selection.target);
  return allLinks(context).filter(
    (link) =>
      (from === null || from.has(link.from)) &&
      (to === null || to.has(link.to)) &&
      (target === null || target.has(link.from) || target.has(link.to)),
  );
}

/** The endpoints that `targets` come to, each once. */
export function resolveAll(
  list: readonly Target[],
  context: InjectionContext,
): readonly Endpoint[] {
  return [...new Set(list.map((target) => context.resolve(target)))];
}

/** Draws an order: every permutation is equally likely (Fisher and Yates). */
export function drawOrder<Item>(
  items: readonly Item[],
  context: Pick<PlanningContext, "drawInteger">,
): readonly Item[] {
  const order: Item[] = [];
  for (const item of items) order.splice(context.drawInteger(0, order.length), 0, item);
  return order;
}
