export { createLogger, type Level, type Logger, type Meta, type Sink } from "./logger";
export { installProcessHandlers, type ProcessHandlerOptions } from "./process-handlers";
export { instrumentSyncFreshness, type SyncFreshness, type SyncFreshnessOptions } from "./sync-freshness";
export { errorLine, requestIds } from "./request";
export { DURATION_BUCKETS, instrumentHttp, instrumentQueue } from "./http-metrics";
export { inFront, type Middleware } from "./in-front";
