"""JSON Schemas of the files that people write: an editor completes, explains and marks them while one types.

Each is what a Pydantic model says of itself; docstrings become descriptions. What a schema cannot say (placeholders,
keys that must agree) is left to `resilience check`.
"""

import ast
import inspect
import json
import re
import sys
from collections.abc import Mapping
from functools import cache
from itertools import pairwise
from os.path import relpath
from pathlib import Path
from typing import Any

from pydantic import BaseModel
from pydantic.json_schema import GenerateJsonSchema, JsonSchemaValue
from pydantic_core import core_schema

from resilience.core.files import read_text
from resilience.core.problems import BadInputError, Problem
from resilience.model.catalogue import FILES, ROOT
from resilience.model.logs.redaction import Redaction
from resilience.model.settings import SETTINGS_KEY, Secret, StackSettings
from resilience.model.usage import Usage
from resilience.rehearsal.scenario.scenario import SCENARIOS, Scenario
from resilience.rehearsal.virtual.boundary import BOUNDARIES, Boundaries

FOLDER = "catalogue/schemas"
LINE = "# yaml-language-server: $schema="
"""How a YAML file names its schema, in its first line."""
_STACK = "stack"
_MODELS: Mapping[str, type[BaseModel]] = {
    **FILES,
    "usage": Usage,
    "redaction": Redaction,
    "scenarios": Scenario,
    "boundaries": Boundaries,
}
_FOLDERS = ("catalogue/alerts", SCENARIOS, BOUNDARIES)
"""Where all files have the same schema, which is called after the folder."""
_ENGINE = ("secretsprovider", "encryptedkey", "encryptionsalt", "environment")
"""What the engine itself keeps in a stack's file."""


def generated(root: Path = ROOT) -> dict[str, str]:
    """Texts by path below the root: the schemas, and each YAML file that has one, with the line that names it.

    Raises:
        BadInputError: a file cannot be read, or there is no model of it.
    """
    if unknown := [file for file in files(root) if _schema(file) not in (*_MODELS, _STACK)]:
        instead = "write its model into FILES in resilience/model/catalogue.py"
        raise BadInputError(Problem(file, "(whole file)", "has no schema", instead) for file in unknown)
    made = {name: model.model_json_schema(schema_generator=_Described) for name, model in _MODELS.items()}
    for part in made["boundaries"]["$defs"].values():
        # A boundary names it once for all its faults.
        part["required"] = [key for key in part.get("required", ()) if key != "environment"]
    schemas = made | {_STACK: _stack()}
    texts = {f"{FOLDER}/{name}.json": json.dumps(one, indent=1, allow_nan=False) for name, one in schemas.items()}
    heads = {file: headed(file, read_text(root / file, file)) for file in files(root)}
    return {path: f"{text}\n" for path, text in texts.items()} | heads


def files(root: Path) -> list[str]:
    """The YAML files that people write and a model reads, by path below the root."""
    patterns = ("catalogue/*.yaml", *(f"{folder}/*.yaml" for folder in _FOLDERS), "Pulumi.*.yaml")
    return sorted(str(path.relative_to(root)) for pattern in patterns for path in root.glob(pattern))


def headed(file: str, text: str) -> str:
    """The file's text, beginning with the line that names its schema."""
    rest = text.partition("\n")[2] if text.startswith(LINE) else text
    return f"{LINE}{relpath(f'{FOLDER}/{_schema(file)}.json', Path(file).parent)}\n{rest}"


def _schema(file: str) -> str:
    folder = str(Path(file).parent)
    if folder in _FOLDERS:
        return Path(folder).name
    return Path(file).stem if folder == "catalogue" else _STACK


class _Described(GenerateJsonSchema):
    """With the docstrings of fields, and without titles that only repeat the name of a key."""

    def field_title_should_be_set(self, schema: Any) -> bool:
        """Never."""
        del schema
        return False

    def model_schema(self, schema: core_schema.ModelSchema) -> JsonSchemaValue:
        """Each field with what is written about it."""
        made, fields = super().model_schema(schema), schema["cls"].model_fields
        for name, text in _attributes(schema["cls"]).items():
            if name in fields:
                made["properties"][fields[name].alias or name]["description"] = text
        return made | ({"description": about} if (about := _docstring(schema["cls"])[0]) else {})

    def default_schema(self, schema: core_schema.WithDefaultSchema) -> JsonSchemaValue:
        """A length of time is written as text, and its default is a number: that is left out."""
        made = super().default_schema(schema)
        odd = made.get("type") == "string" and not isinstance(made.get("default"), str)
        return {key: one for key, one in made.items() if key != "default"} if odd else made

    def dict_schema(self, schema: core_schema.DictSchema) -> JsonSchemaValue:
        """Keys of another form are mistakes."""
        made = super().dict_schema(schema)
        return made | ({"additionalProperties": False} if "patternProperties" in made else {})


def _attributes(model: type[BaseModel]) -> dict[str, str]:
    """What is written about each field: in the class' docstring or below the field."""
    found: dict[str, str] = {}
    for base in reversed([one for one in model.__mro__ if issubclass(one, BaseModel) and one is not BaseModel]):
        listed = re.findall(r"^    (\w+): (.+(?:\n {5,}.+)*)", _docstring(base)[1], re.MULTILINE)
        found |= {name: " ".join(text.split()) for name, text in listed} | _below(base)
    return found


def _docstring(model: type[BaseModel]) -> tuple[str, str]:
    """The docstring, parted before what it says of single fields."""
    about, _, attributes = (inspect.cleandoc(model.__doc__ or "") + "\n").partition("\n\nAttributes:\n")
    return about.strip(), attributes


def _below(model: type[BaseModel]) -> dict[str, str]:
    """Fields that a text follows."""
    found: dict[str, str] = {}
    tree = _classes(model.__module__)[model.__qualname__]
    for field, after in pairwise(tree.body):
        match field, after:
            case ast.AnnAssign(target=ast.Name(id=name)), ast.Expr(value=ast.Constant(value=str(text))):
                found[name] = inspect.cleandoc(text)
    return found


@cache  # reading a source takes longer than all the rest
def _classes(module: str) -> dict[str, ast.ClassDef]:
    """The classes of a module by name."""
    tree = ast.parse(inspect.getsource(sys.modules[module]))
    return {one.name: one for one in tree.body if isinstance(one, ast.ClassDef)}


def _stack() -> dict[str, Any]:
    """The file of a stack: settings, encrypted secrets, and the engine's own keys."""
    settings = StackSettings.model_json_schema(schema_generator=_Described)
    parts = settings.pop("$defs")
    secure = {"type": "object", "properties": {"secure": {"type": "string"}}, "required": ["secure"]}
    secrets = {key.value: secure | {"description": f"Encrypted; {key.remedy('…')}"} for key in Secret}
    config = {
        "type": "object",
        "properties": {SETTINGS_KEY: settings, **secrets},
        "patternProperties": {"^pulumi:": {}},
        "additionalProperties": False,
    }
    keys = {"config": config, **{key: {} for key in _ENGINE}}
    return {"$defs": parts, "type": "object", "properties": keys, "additionalProperties": False}
