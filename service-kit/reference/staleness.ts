/**
 * Prints what /metrics says under an injected clock, every 5 minutes, as JSON: Unix seconds, and the
 * text of the kit's wiring and of the seed plan's. `okta` syncs each hour until hour `argv[2]` of `argv[3]`.
 */

import { Gauge, Registry } from "prom-client";
import { instrumentSyncFreshness } from "../src/index";

const MINUTE = 60_000;
const STEP = 5;

interface Wiring {
  registry: Registry;
  synced: (began: number) => void;
}

/** The kit: the age is computed at each scrape. */
function kit(now: () => number): Wiring {
  const registry = new Registry();
  const freshness = instrumentSyncFreshness(registry, { connectors: () => ["okta"], now });
  return {
    registry,
    synced: () => {
      freshness.succeeded("okta");
    },
  };
}

/** The seed plan's section 1.3: the gauge is set after each sync. */
function seed(now: () => number): Wiring {
  const registry = new Registry();
  const syncAgeMinutes = new Gauge({
    name: "sv0_sync_age_minutes",
    help: "Minutes since the last sync",
    labelNames: ["connector_id"],
    registers: [registry],
  });
  return {
    registry,
    synced: (began) => {
      syncAgeMinutes.set({ connector_id: "okta" }, (now() - began) / MINUTE);
    },
  };
}

async function record(stop: number, end: number): Promise<void> {
  let minute = 0;
  const now = () => minute * MINUTE;
  const wirings = { kit: kit(now), seed: seed(now) };
  const scrapes = [];
  for (; minute <= end; minute += STEP) {
    // A sync takes a little more or less each time, which is the age that the seed plan writes.
    const began = now() - 60_000 - 7_000 * ((minute / 60) % 5);
    if (minute > 0 && minute <= stop && minute % 60 === 0)
      for (const each of Object.values(wirings)) each.synced(began);
    scrapes.push({
      at: minute * 60,
      kit: await wirings.kit.registry.metrics(),
      seed: await wirings.seed.registry.metrics(),
    });
  }
  process.stdout.write(JSON.stringify(scrapes));
}

const [stop = 6, end = 32] = process.argv.slice(2).map(Number);
void record(stop * 60, end * 60);
