"""A wrong setting is named with what it should be; a misspelt one is noticed."""

import pytest

from deploy.local.processes import LocalError
from deploy.local.settings import read_settings, unknown_settings


def test_all_wrong_settings_are_named_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PAYUNG_POSTGRES_PORT", "many")
    monkeypatch.setenv("PAYUNG_KAFKA_PORT", "40000")
    with pytest.raises(LocalError, match=r"PAYUNG_POSTGRES_PORT.*PAYUNG_KAFKA_PORT"):
        read_settings()


def test_a_misspelt_setting_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PAYUNG_KAFKA_PROT", "19192")
    monkeypatch.setenv("PAYUNG_ACTOR", "clerk-1")  # read by the commands that act
    assert unknown_settings() == ["PAYUNG_KAFKA_PROT"]


def test_an_empty_setting_is_none(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PAYUNG_KAFKA_PORT", "")
    assert read_settings().kafka_port == 19092
