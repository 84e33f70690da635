"""Write Slack's payload from the environment; standard library only, and no value is trusted.

A branch may be named `<!channel>`, a title may contain quotes, newlines or a link. Slack wants `&`, `<`
and `>` escaped; JSON does the rest. What is not printable becomes a space.
"""

import json
import os
import sys
from collections.abc import Mapping
from pathlib import Path

LONGEST = 200
# A zero-width space keeps backquotes from ending the code span, and `@` from looking like a mention.
_APART = "\u200b"
_SIGNS = {"success": ":white_check_mark:", "cancelled": ":black_square_for_stop:", "skipped": ":fast_forward:"}
_VERBS = {"success": "succeeded", "cancelled": "was cancelled", "skipped": "was skipped", "failure": "failed"}


def plain(text: str) -> str:
    """One short line that Slack shows unchanged."""
    line = " ".join("".join(letter if letter.isprintable() else " " for letter in text).split())
    short = line if len(line) <= LONGEST else f"{line[: LONGEST - 1]}…"
    safe = short.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return safe.replace("`", "'").replace("@", f"@{_APART}").replace("*", f"*{_APART}")


def payload(env: Mapping[str, str]) -> dict[str, object]:
    """The message for Slack; an unknown outcome counts as a failure."""
    outcome = env.get("OUTCOME", "")
    sign, verb = _SIGNS.get(outcome, ":x:"), _VERBS.get(outcome, "failed")
    detail = f"\n{plain(env['DETAIL'])}" if env.get("DETAIL", "").strip() else ""
    ref = f" on `{plain(env['REF'])}`" if env.get("REF") else ""
    actor = f" by {plain(env['ACTOR'])}" if env.get("ACTOR") else ""
    head = f"{sign} {plain(env.get('TIER', 'P3'))}: *{plain(env.get('SUBJECT', 'A workflow'))}* {verb}{ref}{actor}"
    return {"text": f"{head}{detail}\n<{_address(env.get('PAGE', ''))}|Run>", "unfurl_links": False}


def _address(url: str) -> str:
    """The address of the run; anything else becomes GitHub's own address."""
    bad = not url.startswith("https://") or any(letter in "<>|\"'" or not letter.isprintable() for letter in url)
    return "https://github.com" if bad else url.replace("&", "&amp;").replace(" ", "%20")


if __name__ == "__main__":
    Path(sys.argv[1]).write_text(json.dumps(payload(os.environ)), encoding="utf-8")
