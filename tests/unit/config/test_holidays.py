"""Public holidays of the file as the rota engine takes them."""

from pathlib import Path

from bot.config.file import load
from schedules.rota.model import Calendar, OnHoliday
from tests.unit.config.rosters import ENV, changed


def test_holidays_reach_the_rota(tmp_path: Path) -> None:
    file = tmp_path / "heliograph.yaml"
    text = changed("user_group: S0SUPPORTEU", "user_group: S0SUPPORTEU\n    holidays: {country: DE, subdivision: BE}")
    file.write_text(changed("rotation: eu-primary}", "rotation: eu-primary, on_holiday: weekend}", text))
    rota = load(file, ENV).rota()
    assert rota.regions[2].holidays == Calendar("DE", "BE")
    assert [rule.on_holiday for rule in rota.rules if rule.rotation == "eu-primary"] == [OnHoliday.WEEKEND]
