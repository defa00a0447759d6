/** The parts of a server, of either kind, that a replica uses. */
import { EventEmitter } from "node:events";
import type { Address, Listener } from "./connection.ts";
import { type Handle, runningProcess } from "./memory-process.ts";
import { MemorySocket } from "./memory-socket.ts";

export class MemoryServer extends EventEmitter implements Handle, Listener {
  readonly hasDescriptor = true;
  readonly #process = runningProcess();
  readonly #sockets = new Set<MemorySocket>();
  #address: Address | null = null;

  listen(port: number, host: string): void {
    this.#address = { host, port };
    const isFree = this.#process.host.network.listen(this.#address, this);
    this.#process.handles.add(this);
    this.#soon(() => {
      if (isFree) this.emit("listening");
      else this.emit("error", Object.assign(new Error("EADDRINUSE"), { syscall: "listen" }));
    });
  }

  accept(): MemorySocket | null {
    const process = this.#process;
    if (!process.isAlive || !process.hasDescriptor) return null;
    const socket = new MemorySocket(process);
    this.#sockets.add(socket);
    socket.once("close", () => {
      this.#sockets.delete(socket);
      this.#closeWhenEmpty();
    });
    process.turn(() => this.emit("connection", socket));
    return socket;
  }

  close(): void {
    this.#unlisten();
    this.#closeWhenEmpty();
  }

  closeAllConnections(): void {
    for (const socket of this.#sockets) socket.destroy();
  }

  abandon(): void {
    this.#unlisten();
  }

  #unlisten(): void {
    if (this.#address !== null) this.#process.host.network.unlisten(this.#address);
    this.#address = null;
  }

  #closeWhenEmpty(): void {
    if (this.#address !== null || this.#sockets.size > 0) return;
    this.#soon(() => {
      this.#process.handles.delete(this);
      this.emit("close");
    });
  }

  #soon(action: () => void): void {
    const { world } = this.#process.host;
    world.soon(this.#process, () => {
      world.stir();
      action();
    });
  }
}
