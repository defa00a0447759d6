/** The configuration file of one replica process: `node nodes/main.ts <config.json>`. */
import type { AuditEvent, AuditLevel } from "../protocols/contract/audit.ts";
import type { Durability } from "../protocols/contract/durability.ts";
import type { ClusterParameters } from "../protocols/contract/protocol.ts";

export interface SocketAddress {
  readonly host: string;
  readonly port: number;
}

export interface ServiceConfig {
  readonly name: string;
  readonly argumentBytes: number;
  readonly resultBytes: number;
}

/** Ed25519 keys; the private one is the node's own, the public ones are everybody's. */
export interface KeyConfig {
  /**
   * PKCS#8 DER, base64. For a client host: of each of its logical clients and of the host itself.
   */
  readonly private: Readonly<Record<string, string>>;
  /** SPKI DER, base64, by node name (`r0`, `c0`, `c0.1`). */
  readonly public: Readonly<Record<string, string>>;
}

export interface ReplicaConfig {
  readonly protocol: string;
  readonly id: number;
  readonly cluster: ClusterParameters;
  readonly service: ServiceConfig;
  readonly durability: Durability;
  readonly audit: AuditLevel;
  readonly keys: KeyConfig;
  /** Where peers and client hosts reach it (the upstream of their proxies). */
  readonly listen: SocketAddress;
  /** `/status` and `/metrics`. */
  readonly http: SocketAddress;
  /** Where to dial each other replica, by name: proxy(i,j), or j itself with `links: direct`. */
  readonly dial: Readonly<Record<string, SocketAddress>>;
  readonly dataDirectory: string;
  readonly auditFile: string;
  /** Kinds of audit lines that are told on stdout, too, as `{"audit":<line>}`; none if missing. */
  readonly announce?: readonly AuditEvent["e"][] | undefined;
}

/** The configuration of a client host (`c0`). */
export interface ClientHostConfig {
  readonly protocol: string;
  /** Host number: 0 for `c0`. */
  readonly host: number;
  /** Logical clients `c0.1` .. `c0.<clients>`. */
  readonly clients: number;
  readonly cluster: ClusterParameters;
  readonly keys: KeyConfig;
  /** Where to dial each replica, by name. */
  readonly dial: Readonly<Record<string, SocketAddress>>;
}
