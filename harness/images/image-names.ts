/** What the images are called: one variable an image, which holds the whole reference. */
import { TOXIPROXY_VERSION } from "../../faults/injectors/provision.ts";
import { versionsOf } from "../host.ts";

type Environment = Readonly<Record<string, string | undefined>>;

const version = versionsOf()["bft-chaos"] ?? "";

/** A replica, honest or Byzantine. */
export function nodeImage(env: Environment): string {
  return env["BFT_NODE_IMAGE"] || `bft-chaos/node:${version}`;
}

/** A server of the version that our heals are made for. */
export function toxiproxyImage(env: Environment): string {
  return env["BFT_TOXIPROXY_IMAGE"] || `bft-chaos/toxiproxy:${TOXIPROXY_VERSION}`;
}

/** The command line, for those who run it beside the cluster of the compose file. */
export function harnessImage(env: Environment): string {
  return env["BFT_HARNESS_IMAGE"] || `bft-chaos/harness:${version}`;
}

/** What the replicas' image stands on, where it is not made on this machine: Linux with Node 24. */
export function baseImage(env: Environment): string {
  return env["BFT_BASE_IMAGE"] || "node:24-bookworm-slim";
}

/** The same, made here by debootstrap. */
export const DEBOOTSTRAP_IMAGE = "bft-chaos/base:bookworm";
