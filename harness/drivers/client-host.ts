import type { Endpoint } from "../../faults/fault.ts";

/** All logical clients live in one process: its place in the network of every world. */
export const CLIENT_HOST: Endpoint = "c0";
