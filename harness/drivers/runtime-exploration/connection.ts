/** What a connection is to the network, to its ends and to whoever listens on the wire. */
import type { Strictest } from "./strictest.ts";

/** One direction of it. */
export interface Pipe {
  readonly unsentBytes: number;
  push(bytes: Buffer): void;
  finish(): void;
  read(bytes: number): void;
}

export interface Pipes {
  readonly writes: Pipe;
  /** Null where nobody is at the other end. */
  readonly reads: Pipe | null;
}

/** A socket, as the network sees it. */
export interface SocketEnd {
  readonly isGone: boolean;
  /** The process that has it, and whether that is to go on. */
  readonly owner: { readonly isAlive: boolean; readonly isLeaving: boolean };
  readonly writableNeedDrain: boolean;
  connected(connection: Connection, pipes: Pipes): void;
  arrived(bytes: Buffer): void;
  finished(): void;
  drained(): void;
  lost(): void;
}

export interface Listener {
  /** @returns null if there is no room */
  accept(): SocketEnd | null;
}

/** Where each replica listens. */
export const PORTS = { peers: 1, pages: 2 } as const;

export interface Address {
  readonly host: string;
  readonly port: number;
}

export type LinkState = "up" | "refuse" | "drop" | "hold";

/** What connections from one machine to another go through, both ways. */
export interface Link {
  state: LinkState;
  delayMs: { least: number; most: number };
  /** Of one direction. */
  readonly bytesPerMs: Strictest;
  /** What the kernels of both ends hold of one direction of a connection. */
  windowBytes: number;
  /** In how large pieces a receiver gets what has come. */
  pieceBytesMax: number;
  /** What has come while it was held back, in order. */
  readonly held: (() => void)[];
}

export interface Connection {
  /** Counted from 1: a later one has a larger number. */
  readonly number: number;
  readonly from: string;
  readonly to: string;
  readonly port: number;
  readonly link: Link;
  readonly dialler: SocketEnd;
  acceptor: SocketEnd | null;
  /** Something of it was lost: it dies when the link heals. */
  isDoomed: boolean;
  /** Somebody in between does to it what he does not do to its link. */
  isTouched: boolean;
  stuck: Stuck | null;
}

/** What one end of a connection says comes late, whatever becomes of that end. */
export interface Stuck {
  readonly end: SocketEnd;
  readonly untilMs: number;
  /** So much later the other end hears that it has ended. */
  readonly lingersMs: number;
}

/** A process wants a connection. */
export interface Dial {
  readonly from: string;
  readonly to: string;
  readonly socket: SocketEnd;
  /** Calls it when this socket has closed. */
  readonly onClosed: (action: (hadError: boolean) => void) => void;
}

export interface Tap {
  /** @returns what goes on the wire instead, in so many writes */
  onWritten(connection: Connection, isDialler: boolean, bytes: Buffer): readonly Buffer[];
  onDialled(dial: Dial): void;
  onConnected(connection: Connection): void;
  /** In pieces as the receiver gets them. */
  onRead(connection: Connection, isDialler: boolean, bytes: number): void;
}
