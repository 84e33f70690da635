/** Sync freshness, computed at each scrape: a gauge that is set after a sync would stay near 0. */

import { Gauge, type Registry } from "prom-client";

export interface SyncFreshnessOptions {
  /** Returns the connectors that exist; called at each scrape, so a removed one disappears. */
  connectors: () => readonly string[];
  /** Unix milliseconds. */
  now?: () => number;
}

export interface SyncFreshness {
  /** Records a success; `at` in Unix milliseconds. One that is older than the last changes nothing. */
  succeeded(connector: string, at?: number): void;
  /** Restores the last successes (Unix milliseconds) from the database; call it before the server listens. */
  restore(read: () => Promise<Readonly<Record<string, number>>>): Promise<void>;
}

export function instrumentSyncFreshness(registry: Registry, options: SyncFreshnessOptions): SyncFreshness {
  const now = options.now ?? Date.now;
  const last = new Map<string, number>();
  const show = (gauge: Gauge<"connector_id">, value: (at: number | undefined) => number | undefined) => {
    gauge.reset();
    for (const connector_id of options.connectors()) {
      const shown = value(last.get(connector_id));
      if (shown !== undefined) gauge.set({ connector_id }, shown);
    }
  };
  const common = { labelNames: ["connector_id"] as const, registers: [registry] };
  new Gauge({
    ...common,
    name: "sv0_sync_age_minutes",
    help: "Minutes since the connector's last successful sync",
    collect() {
      show(this, (at) => (at === undefined ? undefined : Math.max(0, now() - at) / 60_000));
    },
  });
  new Gauge({
    ...common,
    name: "sv0_sync_last_success_timestamp_seconds",
    help: "Unix time of the connector's last successful sync, 0 before the first",
    collect() {
      show(this, (at) => (at ?? 0) / 1000);
    },
  });
  const succeeded = (connector: string, at = now()) => {
    last.set(connector, Math.max(at, last.get(connector) ?? 0));
  };
  return {
    succeeded,
    async restore(read) {
      for (const [connector, at] of Object.entries(await read())) succeeded(connector, at);
    },
  };
}
