export { createLogger, type Level, type Logger, type Meta, type Sink } from "./logger";
export { installProcessHandlers, isStopping, type ProcessHandlerOptions } from "./process-handlers";
export { instrumentSyncFreshness, type SyncFreshness, type SyncFreshnessOptions } from "./sync-freshness";
export { errorLine, requestIds, type Middleware } from "./request";
export { asyncHandler, errorHandler, type ErrorAnswer, type ErrorMiddleware } from "./error-handler";
export { DURATION_BUCKETS, instrumentHttp, instrumentQueue } from "./http-metrics";
export { type CallbackOptions } from "./guarded";
