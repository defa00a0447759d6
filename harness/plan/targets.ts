/** Who a fault strikes: names from the file -> targets in the plan -> endpoints at injection. */
import type {
  Endpoint,
  InjectionContext,
  PlanningContext,
  Room,
  SymbolicTarget,
  Target,
} from "../../faults/fault.ts";
import { FaultInputError } from "../../faults/fault.ts";
import { unknownName } from "../scenario/closest.ts";
import type { DocumentPath } from "../scenario/scenario.ts";
import type { Finding } from "../scenario/wording.ts";
import type { Random } from "./random.ts";

export interface Endpoints {
  readonly replicas: readonly Endpoint[];
  readonly clients: readonly Endpoint[];
}

/** `r0` .. and the one client host `c0`. */
export function endpointsOf({ replicas }: { readonly replicas: number }): Endpoints {
  return { replicas: Array.from({ length: replicas }, (_, id) => `r${id}`), clients: ["c0"] };
}

/** A target that the scenario names and the cluster does not have. */
export class UnknownTargetError extends FaultInputError {
  readonly target: string;

  constructor(target: string, message: string) {
    super(message);
    this.target = target;
  }
}

interface Drawable extends Endpoints {
  readonly faultsMax: number;
  /** Somebody's event sets the fault off. */
  readonly hasSubject: boolean;
}

export function planningContext(
  endpoints: Drawable & { readonly rooms: readonly Room[] },
  random: Random,
): PlanningContext {
  return {
    ...endpoints,
    drawInteger: (min, max) => random.integer(min, max),
    expandTargets(target) {
      const wanted = typeof target === "string" ? [target] : target;
      return [...new Set(wanted.flatMap((each) => expandTarget(each, endpoints, random)))];
    },
  };
}

function expandTarget(target: string, endpoints: Drawable, random: Random): readonly Target[] {
  const { replicas, clients, faultsMax, hasSubject } = endpoints;
  if (replicas.includes(target) || clients.includes(target)) return [target];
  if (target === "primary" || target === "next-primary") return [target];
  if (target === "clients") return clients;
  if (target === "everyone") return replicas;
  if (target === "subject") {
    if (hasSubject) return [target];
    const allowed = "where an event of a replica sets the fault off, by when";
    throw new UnknownTargetError(target, `found "subject"; allowed: ${allowed}`);
  }
  if (target === "backup") {
    if (replicas.length < 2) throw new UnknownTargetError(target, "there is no backup beside r0");
    return [`backup#${random.integer(0, replicas.length - 2)}`];
  }
  if (target === "random-f") {
    if (faultsMax === 0) throw new UnknownTargetError(target, "random-f is nobody: f is 0");
    return draw(replicas, faultsMax, random);
  }
  const roles = ["primary", "next-primary", "backup", "random-f", "everyone", "clients"];
  const known = [...roles, ...(hasSubject ? ["subject"] : []), ...replicas, ...clients];
  throw new UnknownTargetError(target, unknownName(target, known));
}

/** Names of a plan's entry that no cluster of this size has, each with its place. */
export function strangersIn(
  resolved: unknown,
  endpoints: Endpoints,
  path: DocumentPath = [],
): readonly Finding[] {
  if (typeof resolved === "object" && resolved !== null) {
    const places = Array.isArray(resolved) ? [...resolved.entries()] : Object.entries(resolved);
    return places.flatMap(([key, part]) => strangersIn(part, endpoints, [...path, key]));
  }
  if (typeof resolved !== "string" || !/^([rc]|backup#)\d+$/.test(resolved)) return [];
  const { replicas, clients } = endpoints;
  const ranks = replicas.slice(1).map((_, rank) => `backup#${rank}`);
  const known = [...replicas, ...clients, ...ranks];
  return known.includes(resolved) ? [] : [{ path, message: unknownName(resolved, known) }];
}

/** Without replacement; in the order of the list, so that equal sets look equal. */
function draw<Item>(items: readonly Item[], count: number, random: Random): readonly Item[] {
  const left = items.map((_, index) => index);
  const drawn = new Set<number>();
  while (drawn.size < count && left.length > 0) {
    const [index = 0] = left.splice(random.integer(0, left.length - 1), 1);
    drawn.add(index);
  }
  return items.filter((_, index) => drawn.has(index));
}

export function isSymbolic(target: Target): target is SymbolicTarget {
  return (
    target === "primary" ||
    target === "next-primary" ||
    target === "subject" ||
    target.startsWith("backup#")
  );
}

/** Whom symbolic names mean; `backup#k` is the k-th replica beside the primary. */
export interface Roles {
  readonly primary: Endpoint;
  readonly nextPrimary: Endpoint;
  readonly subject: Endpoint;
}

export function injectionContext(endpoints: Endpoints, roles: Roles): InjectionContext {
  const { primary, nextPrimary, subject } = roles;
  const backups = endpoints.replicas.filter((replica) => replica !== primary);
  return {
    ...endpoints,
    resolve(target) {
      if (target === "primary") return primary;
      if (target === "next-primary") return nextPrimary;
      if (target === "subject") return subject;
      if (!isSymbolic(target)) return target;
      const backup = backups[Number(target.slice("backup#".length))];
      if (backup === undefined)
        throw new RangeError(`${target} in a cluster without so many backups`);
      return backup;
    },
  };
}
