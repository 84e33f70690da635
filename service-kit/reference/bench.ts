/**
 * Measures the throughput of the reference API with the kit, as a share of that without.
 *
 * Each API is a process of its own; runs take turns, so that whatever else the machine does meets both.
 */

import { fork, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import type { AddressInfo } from "node:net";
import autocannon from "autocannon";
import { createLogger } from "../src/index";
import { bare, withKit } from "./app";

const ROUNDS = 12;
const SECONDS = 2;
const CONNECTIONS = 10;
const PATH = "/api/v1/findings";
const KINDS = ["bare", "kit"] as const;
type Kind = (typeof KINDS)[number];

interface Api {
  process: ChildProcess;
  port: number;
}

function serve(kind: Kind): void {
  const app = kind === "kit" ? withKit(createLogger()).app : bare();
  const server = app.listen(0, "127.0.0.1", () => process.send?.((server.address() as AddressInfo).port));
  process.once("disconnect", () => process.exit(0));
}

async function start(kind: Kind): Promise<Api> {
  const child = fork(__filename, [kind]);
  const [port] = (await once(child, "message")) as [number];
  return { process: child, port };
}

/** Returns requests a second; throws when one was not answered with 200. */
async function load({ port }: Api): Promise<number> {
  const url = `http://127.0.0.1:${String(port)}${PATH}`;
  const result = await autocannon({ url, connections: CONNECTIONS, duration: SECONDS });
  if (result.non2xx + result.errors > 0) throw new Error("not every request was answered with 200");
  return result["2xx"] / result.duration;
}

async function compare(apis: Record<Kind, Api>): Promise<void> {
  for (const kind of KINDS) await load(apis[kind]);
  const rates: Record<Kind, number[]> = { bare: [], kit: [] };
  for (let round = 0; round < ROUNDS; round += 1) {
    // Who is first changes: a machine that gets slower would favour one.
    for (const kind of round % 2 ? KINDS : [...KINDS].reverse()) rates[kind].push(await load(apis[kind]));
  }
  const ratios = rates.kit.map((rate, round) => rate / (rates.bare[round] ?? NaN));
  for (const kind of KINDS) console.log(`${kind.padEnd(4)} ${spread(rates[kind], 0)} requests/s`);
  console.log(`kit / bare ${spread(ratios, 3)} over ${String(ROUNDS)} rounds of ${String(SECONDS)} s each`);
}

/** Returns the median, and the middle half. */
function spread(values: number[], digits: number): string {
  const sorted = [...values].sort((a, b) => a - b);
  const [low, middle, high] = [0.25, 0.5, 0.75].map((share) =>
    (sorted[Math.round(share * (sorted.length - 1))] ?? NaN).toFixed(digits),
  );
  return `${String(middle)} (middle half ${String(low)} to ${String(high)})`;
}

async function main(): Promise<void> {
  const apis = { bare: await start("bare"), kit: await start("kit") };
  try {
    await compare(apis);
  } finally {
    for (const { process: child } of Object.values(apis)) child.disconnect();
  }
}

const kind = KINDS.find((each) => each === process.argv[2]);
if (kind) serve(kind);
else void main();
