"""Labels reach amtool as they are, whatever they hold."""

from pathlib import Path

import pytest
import yaml

from resilience.tools import amtool


@pytest.mark.parametrize("value", ["two words", 'say "a"', "back\\slash", "a,b=c", "é{}", ""])
def test_a_route_for_a_value_gets_the_alert_with_that_value(tmp_path: Path, value: str) -> None:
    quoted = value.replace("\\", "\\\\").replace('"', '\\"')
    config = amtool.minimal_config(
        {"receiver": "others", "routes": [{"receiver": "mine", "matchers": [f'name="{quoted}"']}]}
    )
    (tmp_path / "alertmanager.yml").write_text(yaml.safe_dump(config), "utf-8")

    sets = [{"name": value}, {"name": f"{value}."}]

    assert amtool.receivers(tmp_path / "alertmanager.yml", sets) == [["mine"], ["others"]]
