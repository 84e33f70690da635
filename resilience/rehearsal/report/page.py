"""What all HTML reports share: one file that loads nothing, and a policy by which what it shows cannot run."""

import base64
import hashlib
from pathlib import Path

from jinja2 import Environment, PackageLoader, StrictUndefined


def environment(package: str) -> Environment:
    """Return the templates in the folder of a package; whatever they show is escaped."""
    return Environment(
        loader=PackageLoader(package, "."),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )


def source(name: str) -> str:
    """Return the text of a style or a script beside this module."""
    return Path(__file__).with_name(name).read_text("utf-8")


def policy(style: str, script: str = "") -> str:
    """Return the content policy that allows this style and this script, and no other."""
    allowed = f"style-src {_hash(style)}; script-src {_hash(script)}"
    return f"default-src 'none'; {allowed}; img-src data:; base-uri 'none'; form-action 'none'"


def _hash(text: str) -> str:
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"
