/** What `nodes/runtime/sockets.ts` offers, on the network of the process that runs. */
import type * as realSockets from "../../../nodes/runtime/sockets.ts";
import type { Address } from "./connection.ts";
import { createHttpServer } from "./memory-http.ts";
import { runningProcess } from "./memory-process.ts";
import { MemoryServer } from "./memory-server.ts";
import { MemorySocket } from "./memory-socket.ts";

function connect(address: Address): MemorySocket {
  const process = runningProcess();
  const { host } = process;
  const socket = new MemorySocket(process);
  host.network.dialled({
    from: host.name,
    to: address.host,
    socket,
    onClosed: (action) => void socket.once("close", action),
  });
  if (process.isAlive && socket.hasDescriptor) host.network.dial(socket, host.name, address);
  else host.world.soon(process, () => socket.lost());
  return socket;
}

function createServer(onConnection: (socket: MemorySocket) => void): MemoryServer {
  const server = new MemoryServer();
  server.on("connection", onConnection);
  return server;
}

export const memorySockets = {
  connect,
  createServer,
  createHttpServer,
} satisfies Record<keyof typeof realSockets, unknown>;
