/** What stands behind a REPLY where everything else is signed (protocols §2.8). */
import type { MessageAuthenticator } from "../contract/authenticator.ts";
import type { ClientOptions } from "../contract/protocol.ts";
import { MacVectors } from "./mac-vectors.ts";
import type { AuthenticationScheme } from "./scheme.ts";

type Node = Pick<ClientOptions<MessageAuthenticator>, "cluster" | "authenticator">;

/** @returns undefined where replies are signed like all the rest */
export function replySchemeOf({ cluster, authenticator }: Node): AuthenticationScheme | undefined {
  return cluster.replyAuth === "mac" ? new MacVectors(cluster, authenticator) : undefined;
}
