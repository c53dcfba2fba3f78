"""What `payung up` refuses before it begins anything: data of a checkout that is gone, a port that somebody has."""

import os
import socket
from pathlib import Path

import pytest

from deploy.local import up
from deploy.local.accounts import ELSEWHERE, _elsewhere, remove_folder
from deploy.local.processes import LocalError
from deploy.local.settings import Settings
from tests import servers


def cluster_in(place: Path) -> None:
    (place / "cluster").mkdir(parents=True)
    (place / "cluster" / "PG_VERSION").write_text("18")


def test_data_whose_password_is_not_here_are_refused(tmp_path: Path) -> None:
    data, secrets = tmp_path / "postgres", tmp_path / "secrets"
    up.require_own_data(data, secrets)
    cluster_in(data)
    with pytest.raises(LocalError, match=r"another checkout lie in .*FRESH=1"):
        up.require_own_data(data, secrets)
    secrets.mkdir()
    (secrets / "postgres.password").touch()
    up.require_own_data(data, secrets)


def test_data_that_outlived_their_checkout_are_found_and_removed(tmp_path: Path) -> None:
    """Only root puts data elsewhere: the account that PostgreSQL runs as may not enter root's folders."""
    data, secrets = tmp_path / "postgres", tmp_path / "secrets"
    place = _elsewhere(data)
    assert place.parent == ELSEWHERE
    cluster_in(place)
    try:
        if os.geteuid() == 0:
            with pytest.raises(LocalError, match=str(place)):
                up.require_own_data(data, secrets)
            remove_folder(data)
            assert not place.exists()
        up.require_own_data(data, secrets)
    finally:
        data.symlink_to(place)
        remove_folder(data)


def test_the_ports_of_all_parts_are_looked_at_first(tmp_path: Path) -> None:
    free = {f"{name}_port": servers.free_port() for name in ("postgres", "kafka", "enrollment", "claims", "reporting")}
    with socket.create_server(("127.0.0.1", 0)) as taken:
        ports = free | {"reporting_port": taken.getsockname()[1]}
        settings = Settings(state=tmp_path).model_copy(update=ports)
        with pytest.raises(LocalError, match="PAYUNG_REPORTING_PORT"):
            up.start(settings, fresh=False, servers_only=False)
