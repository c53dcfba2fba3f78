"""The commands that need no database."""

from typer.testing import CliRunner

from services.claims.cli import cli


def test_the_rules_of_a_day_are_listed_with_their_law() -> None:
    shown = CliRunner().invoke(cli, ["rules", "--on", "2025-02-24"])
    assert shown.exit_code == 0
    assert "1/2025-02-24" in shown.output
    assert "20.000.000 PP 82/2019 Pasal 34" in shown.output
    assert "BPU" in shown.output


def test_a_day_without_rules_is_said_in_a_sentence() -> None:
    shown = CliRunner().invoke(cli, ["rules", "--on", "2015-06-30"])
    assert shown.exit_code == 1
    assert "2015-07-01" in shown.output
