/** Converts any value to data for JSON.stringify: limited in size, without credentials; it never throws. */

import { isSecret, redacted } from "./redaction";

const DEPTH = 6;
const ENTRIES = 100;
const TEXT = 4_096;
/** Characters read after the cut, so that a credential across the cut is still recognised. */
const MARGIN = 1_024;
/** Values of one object in total: 100 entries on 6 levels would be 10^12. */
const VALUES = 1_000;

/** V8 quotes up to 20 characters of what it could not parse, which may be of a login's body. */
const QUOTED_JSON = /(?:\.{3})?"[^]{1,200}?"(?:\.{3})? is not valid JSON/g;
/** Names under which errors carry a body, as sent or parsed: body-parser, got, superagent. */
const BODIES = new Set(["body", "rawBody"]);

export type Plain = string | number | boolean | null | Plain[] | { [key: string]: Plain };

interface Walk {
  readonly above: readonly object[];
  readonly left: { values: number };
}

/** Returns text without credentials, cut to 4 KiB. */
export function plainText(text: string): string {
  const clean = redacted(text.slice(0, TEXT + MARGIN));
  if (text.length <= TEXT) return clean;
  // Redaction shortens the text, so text from after the cut moves in; its end may be half a credential.
  const end = text.length > TEXT + MARGIN ? clean.length - MARGIN : clean.length;
  return `${clean.slice(0, Math.min(TEXT, end))}… (${String(text.length)} characters)`;
}

/** Returns an error's message or stack without the text that it quotes. */
export function withoutJson(text: string): string {
  return text.includes(" is not valid JSON") ? text.replace(QUOTED_JSON, "the text is not valid JSON") : text;
}

/** Returns plain data for any value: errors with causes; cycles and unreadable properties are marked. */
export function plain(value: unknown): Plain {
  return walked(value, { above: [], left: { values: VALUES } });
}

function walked(value: unknown, walk: Walk): Plain {
  if (value === null || value === undefined) return null;
  if (typeof value === "string") return plainText(value);
  if (typeof value === "boolean") return value;
  if (typeof value === "number") return Number.isFinite(value) ? value : String(value);
  if (typeof value === "bigint" || typeof value === "symbol") return plainText(value.toString());
  if (typeof value !== "object") return "[function]";
  if (walk.above.includes(value)) return "[circular]";
  if (walk.above.length >= DEPTH) return "[too deep]";
  return attempt(() => ofObject(value, { ...walk, above: [...walk.above, value] }));
}

function ofObject(value: object, walk: Walk): Plain {
  if (value instanceof Date) return Number.isNaN(value.getTime()) ? "[invalid date]" : value.toISOString();
  if (value instanceof Error) return ofError(value, walk);
  if (Array.isArray(value)) return ofList(value, walk);
  if (ArrayBuffer.isView(value)) return `[${String(value.byteLength)} bytes]`;
  if (value instanceof Map) return ofKeys(Object.fromEntries(value) as object, walk);
  if (value instanceof Set) return ofList([...value], walk);
  return ofKeys(value, walk);
}

function ofList(values: readonly unknown[], walk: Walk): Plain {
  const shown = within(values, walk).map((each) => walked(each, walk));
  return shown.length < values.length ? [...shown, `… (${String(values.length)} entries)`] : shown;
}

function ofKeys(value: object, walk: Walk): Record<string, Plain> {
  const keys = Object.keys(value);
  const shown = within(keys, walk).map((key) => [plainText(key), ofKey(value, key, walk)] as const);
  const more = shown.length < keys.length ? [["…", `${String(keys.length)} keys`] as const] : [];
  return Object.fromEntries([...shown, ...more]);
}

/** Returns as many entries as the limits of one object and of the whole value allow. */
function within<T>(entries: readonly T[], { left }: Walk): T[] {
  const shown = entries.slice(0, Math.min(ENTRIES, left.values));
  left.values -= shown.length;
  return shown;
}

function ofKey(value: object, key: string, walk: Walk): Plain {
  return attempt(() => {
    const found = (value as Record<string, unknown>)[key];
    return isSecret(key, found) ? "[redacted]" : walked(found, walk);
  });
}

function ofError(error: Error, walk: Walk): Plain {
  const parts = ["name", "message", "stack", "cause"].filter((key) => key in error);
  const named = Object.fromEntries(parts.map((key) => [key, unquoted(ofKey(error, key, walk))]));
  return { ...named, ...withoutBodies(ofKeys(error, walk)), ...named };
}

function unquoted(part: Plain): Plain {
  return typeof part === "string" ? withoutJson(part) : part;
}

/** The body of a request that could not be parsed stands in no log, whatever is in it. */
function withoutBodies(fields: Record<string, Plain>): Record<string, Plain> {
  return Object.fromEntries(
    Object.entries(fields).map(([key, value]) => [key, BODIES.has(key) ? "[left out]" : value]),
  );
}

function attempt(read: () => Plain): Plain {
  try {
    return read();
  } catch {
    return "[unreadable]";
  }
}
