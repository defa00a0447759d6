/** `/status` and `/metrics` of one replica, on loopback. */
import { once } from "node:events";
import { createServer, type Server, type ServerResponse } from "node:http";
import type { CoreStatus } from "../protocols/core.ts";
import type { SocketAddress } from "./config.ts";
import type { PeerCounters } from "./peer-counters.ts";

/** The JSON of `/status`; `stateDigest` only with `?digest=1`, because it is costly. */
export interface StatusPage {
  readonly replica: number;
  readonly boot: number;
  readonly status: CoreStatus;
  readonly peers: Readonly<Record<string, PeerCounters>>;
  /** Connections closed and sends given up by the transport, by reason. */
  readonly refused: Readonly<Record<string, number>>;
  readonly process: { readonly rssBytes: number; readonly cpuSeconds: number };
  readonly stateDigest?: string;
}

export interface Pages {
  readonly status: (withDigest: boolean) => StatusPage;
  readonly metrics: () => Promise<string>;
  readonly metricsType: string;
}

export class HttpServer {
  readonly #server: Server;
  readonly #pages: Pages;

  constructor(pages: Pages) {
    this.#pages = pages;
    this.#server = createServer((request, response) => {
      const url = new URL(request.url ?? "/", "http://replica");
      this.#answer(url, response).catch((error: unknown) => {
        const reason = error instanceof Error ? error.message : String(error);
        respond(response, { code: 500, type: "text/plain", body: `${reason}\n` });
      });
    });
  }

  /** Rejects if the address cannot be bound. */
  async start(address: SocketAddress): Promise<void> {
    this.#server.listen(address.port, address.host);
    await once(this.#server, "listening");
  }

  async stop(): Promise<void> {
    const closed = once(this.#server, "close");
    this.#server.close();
    this.#server.closeAllConnections();
    await closed;
  }

  async #answer(url: URL, response: ServerResponse): Promise<void> {
    if (url.pathname === "/status") {
      const page = this.#pages.status(url.searchParams.get("digest") === "1");
      respond(response, { code: 200, type: "application/json", body: JSON.stringify(page) });
    } else if (url.pathname === "/metrics") {
      const body = await this.#pages.metrics();
      respond(response, { code: 200, type: this.#pages.metricsType, body });
    } else {
      respond(response, { code: 404, type: "text/plain", body: "/status or /metrics\n" });
    }
  }
}

interface Answer {
  readonly code: number;
  readonly type: string;
  readonly body: string;
}

function respond(response: ServerResponse, { code, type, body }: Answer): void {
  response.writeHead(code, { "content-type": type }).end(body);
}
