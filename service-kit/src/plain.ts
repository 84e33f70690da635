/** Turns anything into data that JSON.stringify takes: bounded, without credentials, never throwing. */

const SECRET_KEY = /authorization|cookie|password|passwd|secret|token|api[-_]?key|private[-_]?key|mongodb_uri/i;
const SECRET_TEXT: readonly [RegExp, string][] = [
  [/\b(Bearer|Basic)\s+[\w~+/.=-]{8,}/gi, "$1 [redacted]"],
  [/(\w+:\/\/[^\s:/@]*):[^\s@/]+@/g, "$1:[redacted]@"],
  [/https:\/\/hooks\.slack\.com\/services\/\S+/g, "https://hooks.slack.com/services/[redacted]"],
  [/\beyJ[\w-]+\.[\w-]+\.[\w-]+/g, "[redacted]"],
  [/\b(?:glc|glsa|ghp|gho|ghs|xox[abp])[_-][\w-]{8,}/g, "[redacted]"],
];
const DEPTH = 6;
const ENTRIES = 100;
const TEXT = 16_384;

export type Plain = string | number | boolean | null | Plain[] | { [key: string]: Plain };

/** Returns text without credentials, cut to 16 KiB. */
export function plainText(text: string): string {
  const cut = text.length > TEXT ? `${text.slice(0, TEXT)}… (${String(text.length)} characters)` : text;
  return SECRET_TEXT.reduce((left, [pattern, instead]) => left.replace(pattern, instead), cut);
}

/** Returns plain data for any value: errors with causes, cycles named, getters that throw told. */
export function plain(value: unknown, seen: readonly object[] = []): Plain {
  if (value === null || value === undefined) return null;
  if (typeof value === "string") return plainText(value);
  if (typeof value === "boolean") return value;
  if (typeof value === "number") return Number.isFinite(value) ? value : String(value);
  if (typeof value !== "object") return typeof value === "function" ? "[function]" : String(value);
  if (seen.includes(value)) return "[circular]";
  if (seen.length >= DEPTH) return "[too deep]";
  return attempt(() => ofObject(value, [...seen, value]));
}

function ofObject(value: object, seen: readonly object[]): Plain {
  if (value instanceof Date) return Number.isNaN(value.getTime()) ? "[invalid date]" : value.toISOString();
  if (value instanceof Error) return ofError(value, seen);
  if (Array.isArray(value)) return value.slice(0, ENTRIES).map((each) => plain(each, seen));
  if (ArrayBuffer.isView(value)) return `[${String(value.byteLength)} bytes]`;
  if (value instanceof Map) return ofKeys(Object.fromEntries(value) as object, seen);
  if (value instanceof Set) return [...value].slice(0, ENTRIES).map((each) => plain(each, seen));
  return ofKeys(value, seen);
}

function ofKeys(value: object, seen: readonly object[]): Plain {
  const keys = Object.keys(value).slice(0, ENTRIES);
  return Object.fromEntries(keys.map((key) => [key, ofKey(value, key, seen)]));
}

function ofKey(value: object, key: string, seen: readonly object[]): Plain {
  if (SECRET_KEY.test(key)) return "[redacted]";
  return attempt(() => plain((value as Record<string, unknown>)[key], seen));
}

function ofError(error: Error, seen: readonly object[]): Plain {
  const own = ofKeys(error, seen) as Record<string, Plain>;
  const parts = ["name", "message", "stack", "cause"].filter((key) => key in error);
  return { ...own, ...Object.fromEntries(parts.map((key) => [key, ofKey(error, key, seen)])) };
}

function attempt(read: () => Plain): Plain {
  try {
    return read();
  } catch {
    return "[unreadable]";
  }
}
