/** `node:http` itself, over the sockets of this world. */
import { createServer, type RequestListener, type Server, type ServerOptions } from "node:http";
import { Duplex } from "node:stream";
import { type MemoryProcess, runningProcess } from "./memory-process.ts";
import { MemoryServer } from "./memory-server.ts";
import type { MemorySocket } from "./memory-socket.ts";

/** A socket as a stream: what node:http takes in the place of one of its own. */
class SocketStream extends Duplex {
  readonly #socket: MemorySocket;
  #drained: () => void = () => undefined;

  constructor(socket: MemorySocket, process: MemoryProcess) {
    super();
    this.#socket = socket;
    // What a stream does it does later, where this world does not see it.
    process.streams.add(this);
    socket.on("data", (chunk: Buffer) => {
      if (!this.push(chunk)) socket.pause();
    });
    socket.on("drain", () => this.#drained());
    socket.on("error", (error: Error) => this.destroy(error));
    socket.on("close", () => {
      process.streams.delete(this);
      this.destroy();
    });
  }

  override _read(): void {
    if (this.#socket.isPaused()) this.#socket.resume();
  }

  override _write(chunk: Buffer, _encoding: string, done: () => void): void {
    if (this.#socket.write(chunk)) done();
    else this.#drained = done;
  }

  override _destroy(error: Error | null, done: (error: Error | null) => void): void {
    this.#socket.destroy();
    done(error);
  }
}

/** Its time-outs are of the machine's clock, which is none here: nobody is cut off by them. */
export function createHttpServer(limits: ServerOptions, onRequest: RequestListener): Server {
  const process = runningProcess();
  const timeless = { headersTimeout: 0, requestTimeout: 0 };
  const server = createServer({ ...limits, ...timeless }, onRequest);
  // It would look after its connections with a timer of the machine.
  server.removeAllListeners("listening");
  const door = new MemoryServer();
  door.on("connection", (socket: MemorySocket) => {
    server.emit("connection", new SocketStream(socket, process));
  });
  for (const event of ["listening", "error", "close"]) {
    door.on(event, (...told: unknown[]) => server.emit(event, ...told));
  }
  return Object.assign(server, {
    listen: (port: number, host: string) => door.listen(port, host),
    close: () => door.close(),
    closeAllConnections: () => door.closeAllConnections(),
  });
}
