/**
 * Who lives in which network at which address, who dials whom: pure data. Each endpoint has an
 * internal network of its own, in which there is nobody else but Toxiproxy, so that a way to
 * another one leads through its own proxies or nowhere. With `links: direct` all share one.
 */
import type { Endpoint } from "../../../faults/fault.ts";
import { linkName } from "../../../faults/link-state.ts";
import type { SocketAddress } from "../../../nodes/runtime/config.ts";
import type { Plan } from "../../plan/plan.ts";
import { CLIENT_HOST } from "../client-host.ts";
import type { Layout } from "../processes/layout.ts";
import { addressIn, type Subnet } from "./subnets.ts";

/** A network as it is asked for, before it has a place. */
export interface WantedNetwork {
  /** `r0`, `control`: unique in a run. */
  readonly part: string;
  /** Length of its prefix. */
  readonly bits: number;
}

/** Where an endpoint or Toxiproxy sits in a network. */
export interface Seat {
  readonly part: string;
  readonly address: string;
}

export interface DockerLayout extends Layout {
  readonly seats: ReadonlyMap<Endpoint, Seat>;
  /** Null with `links: direct`. */
  readonly toxiproxy: ToxiproxySeats | null;
}

export interface ToxiproxySeats {
  /** Where it takes its orders, in a network that nobody else is in. */
  readonly api: SocketAddress & Seat;
  /** One in the network of each endpoint. */
  readonly seats: readonly Seat[];
}

const SHARED = "shared";
const CONTROL = "control";
const LISTEN_PORT = 7000;
const HTTP_PORT = 7001;
const API_PORT = 8474;
const FIRST_PROXY_PORT = 7100;
/** Of its 16 addresses three are used: the gateway's, Toxiproxy's and the endpoint's. */
const SMALL_BITS = 28;
const SHARED_BITS = 24;
const GATEWAY = 1;
const TOXIPROXY = 2;
const ENDPOINT = 3;

export function gatewayOf(subnet: Subnet): string {
  return addressIn(subnet, GATEWAY);
}

export function networksFor(plan: Plan): readonly WantedNetwork[] {
  if (plan.cluster.links === "direct") return [{ part: SHARED, bits: SHARED_BITS }];
  return [...endpointsOf(plan), CONTROL].map((part) => ({ part, bits: SMALL_BITS }));
}

/** @param subnets by the part of the network, all that were asked for */
export function layOut(plan: Plan, subnets: ReadonlyMap<string, Subnet>): DockerLayout {
  const isDirect = plan.cluster.links === "direct";
  const endpoints = endpointsOf(plan);
  const at = (part: string, index: number): Seat => {
    const subnet = subnets.get(part);
    if (!subnet) throw new Error(`no subnet for ${part}`);
    return { part, address: addressIn(subnet, index) };
  };
  const seats = new Map(
    endpoints.map((name, index) => [
      name,
      isDirect ? at(SHARED, ENDPOINT + index) : at(name, ENDPOINT),
    ]),
  );
  const replicas = Array.from({ length: plan.cluster.parameters.replicas }, (_, id) => {
    const name = `r${id}`;
    const host = seats.get(name)?.address ?? "";
    const listen = { host, port: LISTEN_PORT };
    return { name, id, listen, http: { host, port: HTTP_PORT } };
  });
  const clients = [CLIENT_HOST];
  if (isDirect) return { replicas, clients, links: [], seats, toxiproxy: null };
  const proxies = new Map(endpoints.map((name) => [name, at(name, TOXIPROXY)]));
  const links = endpoints.flatMap((from) =>
    replicas
      .filter(({ name }) => name !== from)
      .map(({ name: to, id, listen: upstream }) => {
        const host = proxies.get(from)?.address ?? "";
        const listen = { host, port: FIRST_PROXY_PORT + id };
        return { name: linkName(from, to), from, to, listen, upstream };
      }),
  );
  const control = at(CONTROL, TOXIPROXY);
  const api = { ...control, host: control.address, port: API_PORT };
  return {
    replicas,
    clients,
    links,
    seats,
    toxiproxy: { api, seats: [...proxies.values()] },
  };
}

function endpointsOf(plan: Plan): readonly Endpoint[] {
  const { replicas } = plan.cluster.parameters;
  return [...Array.from({ length: replicas }, (_, id) => `r${id}`), CLIENT_HOST];
}
