/** Sync freshness, computed at each scrape: a gauge that is set after a sync would stay near 0. */

import { Gauge, type Registry } from "prom-client";
import { guarded, type CallbackOptions } from "./guarded";

/** Unix milliseconds by connector. */
type Successes = Readonly<Record<string, number>>;

interface State {
  connectors: readonly string[];
  now: number;
}

export interface SyncFreshnessOptions extends CallbackOptions {
  /** Returns the connectors that exist; called at each scrape, so a removed one disappears. */
  connectors: () => readonly string[] | Promise<readonly string[]>;
  /** Unix milliseconds. */
  now?: () => number;
}

export interface SyncFreshness {
  /** Records a success; `at` in Unix milliseconds. One that is older than the last changes nothing. */
  succeeded(connector: string, at?: number): void;
  /**
   * Restores the last successes (Unix milliseconds) from the database; call it before the server listens. It never
   * rejects: if `read` fails or hangs, each scrape tries again, and until then "never synced" is not claimed.
   */
  restore(read: () => Successes | Promise<Successes>): Promise<void>;
}

export function instrumentSyncFreshness(registry: Registry, options: SyncFreshnessOptions): SyncFreshness {
  const now = options.now ?? Date.now;
  const last = new Map<string, number>();
  const succeeded = (connector: string, at = now()) => {
    last.set(connector, Math.max(at, last.get(connector) ?? 0));
  };
  const restoration = restorer(succeeded, options);
  const state = guarded<State>(
    "The list of connectors",
    async () => ({ connectors: await options.connectors(), now: now() }),
    isState,
    options,
  );
  let scrape: Promise<State | undefined> | undefined;
  /** Both gauges of a scrape share one call. */
  const shared = () =>
    (scrape ??= Promise.all([state(), restoration.again()]).then(([found]) => {
      scrape = undefined;
      return found;
    }));
  const show = async (gauge: Gauge<"connector_id">, value: (at: number | undefined, now: number) => number | null) => {
    const found = await shared();
    gauge.reset();
    for (const connector_id of found?.connectors ?? []) {
      const shown = value(last.get(connector_id), found?.now ?? 0);
      if (shown !== null) gauge.set({ connector_id }, shown);
    }
  };
  const common = { labelNames: ["connector_id"] as const, registers: [registry] };
  new Gauge({
    ...common,
    name: "sv0_sync_age_minutes",
    help: "Minutes since the connector's last successful sync",
    async collect() {
      await show(this, (at, now) => (at === undefined ? null : Math.max(0, now - at) / 60_000));
    },
  });
  new Gauge({
    ...common,
    name: "sv0_sync_last_success_timestamp_seconds",
    help: "Unix time of the connector's last successful sync, 0 before the first",
    async collect() {
      await show(this, (at) => (at === undefined && restoration.pending() ? null : (at ?? 0) / 1_000));
    },
  });
  return { succeeded, restore: restoration.restore };
}

/** Tries until it has worked once. */
function restorer(succeeded: (connector: string, at: number) => void, options: CallbackOptions) {
  let attempt: (() => Promise<unknown>) | undefined;
  const again = async () => {
    await attempt?.();
  };
  const restore = (read: () => Successes | Promise<Successes>) => {
    const all = async () => {
      const found = await read();
      if (!areTimes(found)) return false;
      // Also when it comes after the deadline.
      for (const [connector, at] of Object.entries(found)) succeeded(connector, at);
      attempt = undefined;
      return true;
    };
    attempt = guarded("The connectors' last successes", all, (done) => done === true, options);
    return again();
  };
  return { restore, again, pending: () => attempt !== undefined };
}

function isState(value: unknown): boolean {
  const { connectors, now } = value as Partial<State>;
  return Array.isArray(connectors) && connectors.every((each) => typeof each === "string") && Number.isFinite(now);
}

function areTimes(value: unknown): boolean {
  return typeof value === "object" && value !== null && Object.values(value).every(Number.isFinite);
}
