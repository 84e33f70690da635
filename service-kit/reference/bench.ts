/**
 * Measures what the kit costs a request of the reference API, and what the usual middleware costs it: pino-http
 * with express-prom-bundle. Exits 1 if the kit costs more than a third of it on an empty response.
 *
 * It measures the server's CPU time per request. One process uses one core, so its throughput is the inverse, and
 * other work of the machine counts little. Two processes of the same program differ by up to 9 % (memory layout,
 * compiler choices), so it compares many, and also a program with itself.
 */

import { fork, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { openSync } from "node:fs";
import { createServer, type RequestListener } from "node:http";
import type { AddressInfo } from "node:net";
import { SonicBoom } from "sonic-boom";
import { createLogger, type Logger } from "../src/index";
import { api, withKit } from "./app";
import { Connections } from "./load";
import { usual } from "./usual";

const GROUPS = 5;
const WARM = 2_000;
const ROUNDS = 10;
/** With 80 in a round, between which other processes run, caches were cold, and what ran first cost a third more. */
const REQUESTS = 150;
/** An empty response: here a difference is least hidden by noise. */
const EMPTY = "/health";
/** A page of 25 documents: the middleware costs the same, but is a smaller share. */
const PAGE = "/api/v1/findings";
const LINES = 20_000;
const MOST = 1 / 3;

const KIT = "kit";
const USUAL = "pino-http and express-prom-bundle";
const BARE = "bare";
/** The same program as `bare`: a difference between these two is noise. */
const AGAIN = "bare, again";
const KINDS: Readonly<Record<string, () => RequestListener>> = {
  [BARE]: () => api(),
  [AGAIN]: () => api(),
  [KIT]: () => withKit(createLogger()).listener,
  [USUAL]: usual,
};

/** Microseconds of CPU per request, by kind of process. */
type Costs = Readonly<Record<string, number>>;

interface Server {
  kind: string;
  process: ChildProcess;
  connections: Connections;
  costs: number[];
}

function serve(listener: RequestListener): void {
  const server = createServer(listener);
  // Between two rounds a connection is idle for longer than the 5 s after which Node closes it.
  server.keepAliveTimeout = 0;
  server.listen(0, "127.0.0.1", () => process.send?.((server.address() as AddressInfo).port));
  process.on("message", () => process.send?.(process.cpuUsage()));
  process.once("disconnect", () => process.exit(0));
}

async function start(kind: string, path: string): Promise<Server> {
  // Log lines go to /dev/null, which costs less than a pipe or a file.
  const child = fork(__filename, [kind], { stdio: ["ignore", "ignore", "inherit", "ipc"] });
  const [port] = (await once(child, "message")) as [number];
  return { kind, process: child, connections: await Connections.open(port, path), costs: [] };
}

async function cpuOf({ process: child }: Server): Promise<number> {
  child.send("cpu");
  const [{ user, system }] = (await once(child, "message")) as [NodeJS.CpuUsage];
  return user + system;
}

async function measure(server: Server): Promise<void> {
  const before = await cpuOf(server);
  await server.connections.send(REQUESTS);
  server.costs.push(((await cpuOf(server)) - before) / REQUESTS);
}

/** Returns the costs of one process of each kind. */
async function oneOfEach(path: string): Promise<Costs> {
  const servers = await Promise.all(Object.keys(KINDS).map((kind) => start(kind, path)));
  try {
    for (const server of servers) await server.connections.send(WARM);
    // In random order: a process that follows itself has warm caches.
    for (let round = 0; round < ROUNDS; round += 1) for (const server of shuffled(servers)) await measure(server);
  } finally {
    for (const { process: child } of servers) child.disconnect();
  }
  return Object.fromEntries(servers.map(({ kind, costs }) => [kind, median(costs)]));
}

function shuffled<T>(all: readonly T[]): T[] {
  return all
    .map((one) => ({ one, at: Math.random() }))
    .sort((a, b) => a.at - b.at)
    .map(({ one }) => one);
}

function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[values.length >> 1] ?? NaN;
}

/** Over the mean of the two that are bare. */
function overhead(costs: Costs, kind: string): number {
  const of = (one: string) => costs[one] ?? NaN;
  return of(kind) - (of(BARE) + of(AGAIN)) / 2;
}

/** Returns the kit's overhead as a share of the usual one. */
async function compare(path: string): Promise<number> {
  const groups: Costs[] = [];
  while (groups.length < GROUPS) {
    groups.push(await oneOfEach(path));
    process.stderr.write(`\r${path}: ${String(groups.length)} of ${String(GROUPS)} processes of each kind`);
  }
  process.stderr.write("\r\u001b[K");
  const over = (kind: string) => groups.map((costs) => overhead(costs, kind));
  console.log(`\n${path.padEnd(36)} µs of CPU a request   over bare`);
  for (const kind of Object.keys(KINDS)) {
    const costs = groups.map((each) => each[kind] ?? NaN);
    console.log(`  ${kind.padEnd(36)} ${spread(costs).padEnd(20)} ${kind === BARE ? "" : spread(over(kind))}`);
  }
  const usualOver = over(USUAL);
  const shares = over(KIT).map((own, group) => own / (usualOver[group] ?? NaN));
  console.log(`  ${`${KIT} / ${USUAL}`.padEnd(57)} ${spread(shares, 2)}`);
  return median(over(KIT)) / median(usualOver);
}

/** The median, with least and most. */
function spread(values: readonly number[], digits = 0): string {
  const shown = [median(values), Math.min(...values), Math.max(...values)].map((one) => one.toFixed(digits));
  return `${shown[0] ?? ""} (${shown.slice(1).join(" to ")})`;
}

function lines(): void {
  const logger = createLogger({ sink: new SonicBoom({ fd: openSync("/dev/null", "w"), sync: true }) });
  const failure = { requestId: "r1", error: new Error("no", { cause: new TypeError("deeper") }) };
  const ways: Readonly<Record<string, (log: Logger) => void>> = {
    "a log line": (log) => {
      log.info("synced", { connector: "okta", entities: 17 });
    },
    "one with an error": (log) => {
      log.error("GET /api/v1/entities failed", failure);
    },
  };
  console.log();
  for (const [what, write] of Object.entries(ways)) {
    const begin = process.cpuUsage();
    for (let line = 0; line < LINES; line += 1) write(logger);
    const { user, system } = process.cpuUsage(begin);
    console.log(`${what.padEnd(18)} ${((user + system) / LINES).toFixed(0)} µs`);
  }
}

async function main(): Promise<void> {
  const share = await compare(EMPTY);
  await compare(PAGE);
  lines();
  const good = share <= MOST;
  console.log(`\nThe kit costs ${good ? "at most" : "more than"} a third of the usual middleware: ${share.toFixed(2)}`);
  process.exitCode = good ? 0 : 1;
}

const kind = KINDS[process.argv[2] ?? ""];
if (kind) serve(kind());
else void main();
