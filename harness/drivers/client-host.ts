import type { Endpoint } from "../../faults/fault.ts";

/** All logical clients live in one process: its place in the network of every world. */
export const CLIENT_HOST: Endpoint = "c0";

/**
 * The identity of a k6 that makes the load. It is no place of its own: it dials through the proxies
 * of the client host beside it, so what strikes links of that one strikes it, too.
 */
export const K6_HOST: Endpoint = "c1";
