/** `/status` and `/metrics` of one replica, on loopback. */
import { once } from "node:events";
import type { IncomingMessage, Server, ServerResponse } from "node:http";
import type { Socket } from "node:net";
import type { CoreStatus } from "../protocols/contract/core.ts";
import type { SocketAddress } from "./config.ts";
import { Lobby } from "./lobby.ts";
import { Page } from "./page.ts";
import type { PeerCounters } from "./peer-counters.ts";
import type { Rejections } from "./rejections.ts";
import { createHttpServer } from "./sockets.ts";
import { hostClockMs } from "./timers.ts";

/** The JSON of `/status`; `stateDigest` only with `?digest=1`: it costs what has changed. */
export interface StatusPage {
  readonly replica: number;
  readonly boot: number;
  readonly status: CoreStatus;
  readonly peers: Readonly<Record<string, PeerCounters>>;
  /** Connections closed, frames dropped and sends given up, by reason. */
  readonly refused: Readonly<Record<string, number>>;
  readonly process: { readonly rssBytes: number; readonly cpuSeconds: number };
  /** What the log takes on the disk; absent where nothing is written. */
  readonly logBytes?: number;
  readonly stateDigest?: string;
}

export interface Pages {
  readonly status: (withDigest: boolean) => StatusPage;
  readonly metrics: () => Promise<string>;
  readonly metricsType: string;
}

/** Nobody who asks for a page needs longer, or says more. */
const HEADERS_MS = 2000;
const REQUEST_MS = 5000;
/** Who does not read what he asked for, or keeps a connection for nothing. */
const SILENCE_MS = 30_000;
const HEADER_BYTES_MAX = 8192;
const HEADERS_MAX = 64;
/** Then a connection is closed. */
const REQUESTS_MAX = 256;
/** Of one connection without waiting for an answer; who asks honestly waits for each. */
const UNANSWERED_MAX = 4;

export interface HttpOptions {
  readonly pages: Pages;
  /** Open connections, whoever they are. */
  readonly connectionsMax: number;
  readonly rejections: Rejections;
}

/** Whatever arrives, it never throws: a page is not worth a replica. */
export class HttpServer {
  readonly #server: Server;
  readonly #answers: ReadonlyMap<string, Answer>;
  readonly #lobby: Lobby;
  readonly #rejections: Rejections;
  /** By connection, how many questions wait for their answers. */
  readonly #unanswered = new WeakMap<Socket, number>();
  /** Connections that end with the answer that is on its way. */
  readonly #ending = new WeakSet<Socket>();

  constructor({ pages, connectionsMax, rejections }: HttpOptions) {
    this.#rejections = rejections;
    this.#lobby = new Lobby({ guestsMax: connectionsMax, graceMs: 0 });
    const json = (withDigest: boolean): Answer => ({
      type: "application/json",
      page: new Page(() => Buffer.from(JSON.stringify(pages.status(withDigest)))),
    });
    const metrics = async () => Buffer.from(await pages.metrics());
    this.#answers = new Map([
      ["/status", json(false)],
      ["/status?digest=1", json(true)],
      ["/metrics", { type: pages.metricsType, page: new Page(metrics) }],
    ]);
    const limits = {
      headersTimeout: HEADERS_MS,
      requestTimeout: REQUEST_MS,
      connectionsCheckingInterval: HEADERS_MS / 2,
      maxHeaderSize: HEADER_BYTES_MAX,
    };
    this.#server = createHttpServer(limits, (request, response) => this.#answer(request, response));
    this.#server.maxHeadersCount = HEADERS_MAX;
    this.#server.maxRequestsPerSocket = REQUESTS_MAX;
    this.#server.timeout = SILENCE_MS;
    this.#server.on("connection", (socket) => this.#connected(socket));
    this.#server.on("dropRequest", (_request, socket) => socket.destroy());
    this.#server.on("clientError", (_error, socket) => {
      rejections.count("http-malformed");
      socket.destroy();
    });
  }

  /** Rejects if the address cannot be bound. */
  async start(address: SocketAddress): Promise<void> {
    this.#server.listen(address.port, address.host);
    await once(this.#server, "listening");
    this.#server.on("error", () => this.#rejections.count("http-accept-error"));
  }

  async stop(): Promise<void> {
    const closed = once(this.#server, "close");
    this.#server.close();
    this.#server.closeAllConnections();
    await closed;
  }

  #connected(socket: Socket): void {
    const guest = {
      close: () => {
        this.#rejections.count("http-too-many");
        socket.destroy();
      },
    };
    socket.on("error", () => this.#rejections.count("http-socket-error"));
    socket.on("close", () => this.#lobby.leave(guest));
    this.#lobby.admit(guest, hostClockMs());
  }

  #answer(request: IncomingMessage, response: ServerResponse): void {
    const { socket } = request;
    response.on("error", () => this.#rejections.count("http-socket-error"));
    // What came in one piece with the question that ends the connection.
    if (socket.destroyed || this.#ending.has(socket)) return;
    const refusal = refusalOf(request);
    if (refusal !== null) return this.#refuse(socket, response, refusal);
    const unanswered = (this.#unanswered.get(socket) ?? 0) + 1;
    if (unanswered > UNANSWERED_MAX) {
      this.#rejections.count("http-pipelined");
      socket.destroy();
      return;
    }
    const answer = this.#answers.get(pageNamed(request.url ?? ""));
    if (answer === undefined) return this.#refuse(socket, response, UNKNOWN_PAGE);
    this.#unanswered.set(socket, unanswered);
    response.on("close", () => {
      this.#unanswered.set(socket, (this.#unanswered.get(socket) ?? 1) - 1);
    });
    const { page, type } = answer;
    page.content().then(
      (body) => respond(response, { code: 200, type, body }),
      (error: unknown) => {
        const reason = error instanceof Error ? error.message : String(error);
        respond(response, { code: 500, type: "text/plain", body: `${reason}\n` });
      },
    );
  }

  /** Whoever wants something else is told once: his connection, and what he still sends, is cut. */
  #refuse(socket: Socket, response: ServerResponse, refusal: Refusal): void {
    this.#rejections.count("http-refused");
    this.#ending.add(socket);
    response.shouldKeepAlive = false;
    respond(response, { ...refusal, type: "text/plain" });
    response.once("finish", () => socket.destroy());
  }
}

interface Refusal {
  readonly code: number;
  readonly body: string;
}

const UNKNOWN_PAGE: Refusal = { code: 404, body: "/status or /metrics\n" };

/** A question has no body: what does would have to be read to its end, which need not come. */
function refusalOf({ method, headers }: IncomingMessage): Refusal | null {
  if (method !== "GET" && method !== "HEAD") return { code: 405, body: "GET\n" };
  const length = headers["content-length"] ?? "0";
  const hasBody = length !== "0" || headers["transfer-encoding"] !== undefined;
  return hasBody ? { code: 413, body: "a question without a body\n" } : null;
}

/** Cut by hand: what parses an address throws at what is none. */
function pageNamed(address: string): string {
  const [path = "", query = ""] = address.split("?", 2);
  return query.split("&").includes("digest=1") ? `${path}?digest=1` : path;
}

interface Answer {
  readonly type: string;
  readonly page: Page<Buffer>;
}

interface Response {
  readonly code: number;
  readonly type: string;
  readonly body: string | Buffer;
}

/** Closed by now, perhaps: what is written then is lost, and no error. */
function respond(response: ServerResponse, { code, type, body }: Response): void {
  if (response.destroyed) return;
  response.writeHead(code, { "content-type": type }).end(body);
}
