/** Text without credentials and without people's addresses; redaction.json is generated from catalogue/redaction.yaml. */

import list from "./redaction.json";

const HIDDEN = "[redacted]";
/** The first of each two only finds; the second, slower, also says where each group begins and ends (`d`). */
const EXPRESSIONS = list.rules.map(
  ({ expression, flags }) => [new RegExp(expression, flags), new RegExp(expression, `dg${flags}`)] as const,
);
const SECRET_NAME = new RegExp(list.names.secret.replace(/\$$/, "(s?)$"), "i");
const OTHER_NAME = new RegExp(list.names.other, "i");

/** Returns the text, with a mark for each part that may be secret; the time grows with the text's length. */
export function redacted(text: string): string {
  return EXPRESSIONS.reduce(replaced, text);
}

/** Returns whether the value of that key is secret whatever it looks like; a number of `tokens` is not. */
export function isSecret(key: string, value: unknown): boolean {
  const found = SECRET_NAME.exec(key);
  if (found === null || OTHER_NAME.test(key)) return false;
  return found.at(-1) === "" || typeof value !== "number";
}

/** Only what the groups of a match capture is replaced: the rest of a match shows what was there. */
function replaced(text: string, [some, every]: readonly [RegExp, RegExp]): string {
  if (!some.test(text)) return text;
  let kept = "";
  let end = 0;
  for (const { indices = [] } of text.matchAll(every)) {
    for (const [begin, after] of indices.slice(1).filter((span) => span !== undefined)) {
      if (begin < end || begin === after) continue;
      kept += text.slice(end, begin) + HIDDEN;
      end = after;
    }
  }
  return kept + text.slice(end);
}
