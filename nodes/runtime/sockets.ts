/** The only place under `nodes/runtime` that opens sockets. */
export { createServer as createHttpServer } from "node:http";
export { connect, createServer } from "node:net";
