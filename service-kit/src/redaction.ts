/** Text without credentials and without people's addresses; redaction.json is generated from catalogue/redaction.yaml. */

import list from "./redaction.json";

const HIDDEN = "[redacted]";
/**
 * Node compiles an expression when it is used for the first time. Those of what is needed take a millisecond, the
 * others a tenth of a second; so a crash's line does not wait for the ones that its text does not need.
 */
const NEEDED = new RegExp(list.rules.map(({ needs }) => needs).join("|"), "i");
const RULES = list.rules.map(({ needs, expression, flags }) => ({
  needed: new RegExp(needs, "i"),
  every: new RegExp(expression, `dg${flags}`),
}));
const SECRET_NAME = new RegExp(list.names.secret.replace(/\$$/, "(s?)$"), "i");
const OTHER_NAME = new RegExp(list.names.other, "i");

/** Returns the text, with a mark for each part that may be secret; the time grows with the text's length. */
export function redacted(text: string): string {
  if (!NEEDED.test(text)) return text;
  let clean = text;
  for (const { needed, every } of RULES) if (needed.test(clean)) clean = replaced(clean, every);
  return clean;
}

/** Returns whether the value of that key is secret whatever it looks like; a number of `tokens` is not. */
export function isSecret(key: string, value: unknown): boolean {
  const found = SECRET_NAME.exec(key);
  if (found === null || OTHER_NAME.test(key)) return false;
  return found.at(-1) === "" || typeof value !== "number";
}

/** Only what the groups of a match capture is replaced: the rest of a match shows what was there. */
function replaced(text: string, every: RegExp): string {
  let kept = "";
  let end = 0;
  // `matchAll` would make a copy of the expression for each text.
  every.lastIndex = 0;
  for (let found = every.exec(text); found !== null; found = every.exec(text)) {
    if (found[0] === "") every.lastIndex += 1;
    for (const [begin, after] of (found.indices ?? []).slice(1).filter((span) => span !== undefined)) {
      if (begin < end || begin === after) continue;
      kept += text.slice(end, begin) + HIDDEN;
      end = after;
    }
  }
  return kept + text.slice(end);
}
