/** `/status` and `/metrics` of one replica, on loopback. */
import { once } from "node:events";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { Socket } from "node:net";
import type { CoreStatus } from "../protocols/contract/core.ts";
import type { SocketAddress } from "./config.ts";
import { Lobby } from "./lobby.ts";
import { Page } from "./page.ts";
import type { PeerCounters } from "./peer-counters.ts";
import type { Rejections } from "./rejections.ts";
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
/** Then a connection is closed: nobody can ask for more than this at once. */
const REQUESTS_MAX = 256;

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

  constructor({ pages, connectionsMax, rejections }: HttpOptions) {
    this.#rejections = rejections;
    this.#lobby = new Lobby({ guestsMax: connectionsMax, graceMs: 0 });
    const json = (withDigest: boolean): Answer => ({
      type: "application/json",
      page: new Page(() => JSON.stringify(pages.status(withDigest))),
    });
    this.#answers = new Map([
      ["/status", json(false)],
      ["/status?digest=1", json(true)],
      ["/metrics", { type: pages.metricsType, page: new Page(pages.metrics) }],
    ]);
    const limits = {
      headersTimeout: HEADERS_MS,
      requestTimeout: REQUEST_MS,
      connectionsCheckingInterval: HEADERS_MS / 2,
      maxHeaderSize: HEADER_BYTES_MAX,
    };
    this.#server = createServer(limits, (request, response) => this.#answer(request, response));
    this.#server.maxHeadersCount = HEADERS_MAX;
    this.#server.maxRequestsPerSocket = REQUESTS_MAX;
    this.#server.timeout = SILENCE_MS;
    this.#server.on("connection", (socket) => this.#connected(socket));
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
    response.on("error", () => this.#rejections.count("http-socket-error"));
    if (request.method !== "GET" && request.method !== "HEAD") {
      return respond(response, { code: 405, type: "text/plain", body: "GET\n" });
    }
    const answer = this.#answers.get(pageNamed(request.url ?? ""));
    if (answer === undefined) {
      return respond(response, { code: 404, type: "text/plain", body: "/status or /metrics\n" });
    }
    answer.page.text().then(
      (body) => respond(response, { code: 200, type: answer.type, body }),
      (error: unknown) => {
        const reason = error instanceof Error ? error.message : String(error);
        respond(response, { code: 500, type: "text/plain", body: `${reason}\n` });
      },
    );
  }
}

/** Cut by hand: what parses an address throws at what is none. */
function pageNamed(address: string): string {
  const [path = "", query = ""] = address.split("?", 2);
  return query.split("&").includes("digest=1") ? `${path}?digest=1` : path;
}

interface Answer {
  readonly type: string;
  readonly page: Page;
}

interface Response {
  readonly code: number;
  readonly type: string;
  readonly body: string;
}

/** Closed by now, perhaps: what is written then is lost, and no error. */
function respond(response: ServerResponse, { code, type, body }: Response): void {
  if (response.destroyed) return;
  response.writeHead(code, { "content-type": type }).end(body);
}
