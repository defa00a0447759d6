import { connect, type Socket } from "node:net";
import type { NodeId } from "../protocols/contract/core.ts";
import type { SocketAddress } from "./config.ts";
import { encodeFrame, FRAME } from "./frame.ts";
import { DiallerHandshake, type Identity } from "./handshake.ts";

export interface Dialling {
  readonly identity: Identity;
  readonly address: SocketAddress;
  readonly target: NodeId;
}

/** Speaks the dialler's side by hand; `proven` rejects when the acceptor is not satisfied. */
export function dialAs({ identity, address, target }: Dialling) {
  const socket = connect(address);
  const handshake = new DiallerHandshake(identity, target);
  const proven = new Promise<Socket>((resolve, reject) => {
    socket.on("error", reject);
    socket.on("close", () => reject(new Error("closed")));
    socket.on("data", (frame) => {
      if (frame[4] !== FRAME.challenge) return resolve(socket);
      const answer = handshake.prove(frame.subarray(5));
      if (typeof answer === "string") return reject(new Error(answer));
      socket.write(encodeFrame({ type: FRAME.proof, body: answer.proof }));
    });
  });
  socket.write(encodeFrame({ type: FRAME.hello, body: handshake.hello() }));
  return { socket, proven };
}
