/**
 * Toxiproxy's API as we use it: an adapter over `toxiproxy-node-client` with time-outs, reasons,
 * toxics tied to their attributes, and reading one proxy by name. It never lists all proxies: that
 * call hangs as soon as one of them is wedged.
 */
import { Proxy as ClientProxy, Toxic as ClientToxic, Toxiproxy } from "toxiproxy-node-client";
import type { ProxyReading, Toxic } from "./toxics.ts";
import { parseProxyReading, parseToxic } from "./toxics.ts";
import { TimedHttpClient, ToxiproxyRefusal } from "./toxiproxy-http.ts";

export interface ProxyAddress {
  readonly name: string;
  /** `host:port`, both fixed: port 0 would change with every call. */
  readonly listen: string;
  readonly upstream: string;
}

const CALL_MS = 2_000;

export class ToxiproxyClient {
  readonly #client: Toxiproxy;
  readonly #http: TimedHttpClient;

  /** @param url `http://host:port` of the server's API */
  constructor(url: string, timeoutMs: number = CALL_MS) {
    this.#http = new TimedHttpClient(timeoutMs);
    this.#client = new Toxiproxy(url);
    this.#client.api = this.#http;
  }

  version(): Promise<string> {
    return this.#client.getVersion();
  }

  async create(address: ProxyAddress, enabled: boolean): Promise<void> {
    await this.#client.createProxy({ ...address, enabled });
  }

  async read(name: string): Promise<ProxyReading> {
    const { data } = await this.#http.get<unknown>(this.#pathOf(name));
    return parseProxyReading(data);
  }

  async setEnabled(name: string, enabled: boolean): Promise<void> {
    await this.#http.patch(this.#pathOf(name), { enabled });
  }

  async addToxic(name: string, toxic: Toxic): Promise<void> {
    await this.#proxy(name).addToxic<Toxic["attributes"]>(parseToxic(toxic));
  }

  async removeToxic(name: string, toxic: Toxic): Promise<void> {
    const encoded = { ...toxic, name: encodeURIComponent(toxic.name) };
    await new ClientToxic<Toxic["attributes"]>(this.#http, this.#pathOf(name), encoded).remove();
  }

  /** A proxy that is not there is deleted already. */
  async delete(name: string): Promise<void> {
    try {
      await this.#proxy(name).remove();
    } catch (error) {
      if (!(error instanceof ToxiproxyRefusal && error.status === 404)) throw error;
    }
  }

  /** The library pastes names into paths as they are. */
  #pathOf(name: string): string {
    return `${this.#client.host}/proxies/${encodeURIComponent(name)}`;
  }

  #proxy(name: string): ClientProxy {
    const body = { listen: "", upstream: "", enabled: true, toxics: [] };
    return new ClientProxy(this.#client, { name: encodeURIComponent(name), ...body });
  }
}
