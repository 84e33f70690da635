/** A running API on 127.0.0.1 with one of the supported versions of Express, and what it leaves behind. */

import { createServer, type RequestListener, type Server } from "node:http";
import { connect, type AddressInfo, type Socket } from "node:net";
import type { TestContext } from "node:test";
import type { Express } from "express";
import { Registry } from "prom-client";
import { createLogger, errorHandler, instrumentHttp, requestIds, type Logger } from "../../src/index";

export const VERSIONS = ["express4", "express50", "express"] as const;
export type Module = typeof import("express");
export type Line = Readonly<Record<string, unknown>>;
/** Only a deadline for what would otherwise hang for ever; a loaded machine may need seconds for anything. */
export const DEADLINE_MS = 60_000;

export class Api {
  readonly registry = new Registry();
  readonly written: string[] = [];
  readonly logger: Logger = createLogger({
    sink: { write: (line) => this.written.push(line), flushSync: () => undefined },
  });
  private server: Server | undefined;

  /** Serves the listener until the test ends. */
  async serve(t: TestContext, listener: RequestListener): Promise<this> {
    const server = createServer(listener).listen(0, "127.0.0.1");
    this.server = server;
    t.after(() => {
      server.close();
      server.closeAllConnections();
    });
    await new Promise((resolve) => server.once("listening", resolve));
    return this;
  }

  get url(): string {
    return `http://127.0.0.1:${String(this.port)}`;
  }

  /** Opens a connection and sends the request; it stays open. */
  async send(head: string, body = ""): Promise<Socket> {
    const socket = connect(this.port, "127.0.0.1");
    socket.on("error", () => undefined);
    await new Promise((resolve) => socket.once("connect", resolve));
    socket.write(`${head} HTTP/1.1\r\nhost: a\r\nx-request-id: r1\r\n${body || "\r\n"}`);
    return socket;
  }

  lines(): Line[] {
    return this.written.map((line) => JSON.parse(line) as Line);
  }

  /** Returns the lines as `level: message`. */
  messages(): string[] {
    return this.lines().map(({ level, message }) => `${String(level)}: ${String(message)}`);
  }

  /** Returns what was counted, such as `GET /a 200` with how often. */
  async counted(): Promise<Record<string, number>> {
    const text = await this.registry.metrics();
    const found = text.matchAll(/^sv0_http_requests_total\{method="(.*)",route="(.*)",status_code="(.*)"\} (\d+)$/gm);
    return Object.fromEntries(
      [...found].map(([, method, route, status, times]) => [[method, route, status].join(" "), Number(times)]),
    );
  }

  private get port(): number {
    return (this.server?.address() as AddressInfo).port;
  }
}

/** Returns an API with metrics, request ids and the error handler around the routes. */
export async function apiWith(
  t: TestContext,
  name: string,
  routes: (app: Express, express: Module, api: Api) => void,
): Promise<Api> {
  const { default: express } = (await import(name)) as { default: Module };
  const api = new Api();
  const app = express();
  app.use(instrumentHttp(api.registry), requestIds());
  routes(app, express, api);
  app.use(errorHandler(api.logger));
  return api.serve(t, app as RequestListener);
}

/** Waits until the check holds. */
export async function eventually(check: () => boolean | Promise<boolean>, what: string): Promise<void> {
  const end = Date.now() + DEADLINE_MS;
  while (!(await check())) {
    if (Date.now() > end) throw new Error(`not within ${String(DEADLINE_MS)} ms: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}
