"""Finds an account for PostgreSQL, which refuses to run as root, and folders this account may enter."""

import hashlib
import os
import pwd
import shutil
import stat
import subprocess
from pathlib import Path

from deploy.local.processes import Account, LocalError

ELSEWHERE = Path("/var/tmp")  # noqa: S108 - survives a restart; each folder's owner and mode are checked
CANDIDATES = ("postgres", "nobody")


def unprivileged(wanted: str | None) -> Account | None:
    """Pick who PostgreSQL runs as; None means ourselves, which is right for everyone but root."""
    if os.geteuid() != 0:
        return None
    for name in (wanted,) if wanted else CANDIDATES:
        try:
            found = pwd.getpwnam(name)
        except KeyError:
            continue
        if found.pw_uid != 0:
            return Account(name=name, uid=found.pw_uid, gid=found.pw_gid)
    raise LocalError("PostgreSQL does not run as root; set PAYUNG_POSTGRES_USER_ACCOUNT to an unprivileged account.")


def own_folder(path: Path, account: Account | None) -> Path:
    """Make a folder that belongs to the account and that it may enter, and give its real place.

    When the account may not enter `path`, as in a checkout below /root, the folder lies below /var/tmp
    and `path` is a link to it.
    """
    if path.is_symlink():
        return _checked(path.readlink(), account)
    path.mkdir(mode=0o700, parents=True, exist_ok=True)
    if account is None:
        return path
    os.chown(path, account.uid, account.gid)
    if _may_enter(path, account):
        return path
    path.rmdir()
    path.symlink_to(_elsewhere(path))
    return _checked(path.readlink(), account)


def place_of(path: Path) -> Path:
    """Tell where own_folder made the folder, or would: a place below /var/tmp outlives the checkout that it was for."""
    if path.is_symlink():
        return path.readlink()
    elsewhere = _elsewhere(path)
    return elsewhere if os.geteuid() == 0 and not path.exists() and elsewhere.is_dir() else path


def remove_folder(path: Path) -> None:
    """Remove what own_folder made, wherever it lies, also for a checkout at this path that is gone."""
    place = place_of(path)
    if place.parent == ELSEWHERE and place.name.startswith("payung-") and place.is_dir() and not place.is_symlink():
        shutil.rmtree(place)
    if path.is_symlink():
        path.unlink()
    elif path.exists():
        shutil.rmtree(path)


def _elsewhere(path: Path) -> Path:
    return ELSEWHERE / f"payung-{hashlib.sha256(os.fsencode(path.absolute())).hexdigest()[:12]}"


def _checked(place: Path, account: Account | None) -> Path:
    """Trust a folder of this name in a place open to all only when it is a plain folder of the account's."""
    uid, gid = (os.geteuid(), -1) if account is None else (account.uid, account.gid)
    if not place.is_symlink() and not place.exists():
        place.mkdir(mode=0o700)
        os.chown(place, uid, gid)
    found = place.lstat()
    if not stat.S_ISDIR(found.st_mode) or found.st_uid != uid or stat.S_IMODE(found.st_mode) & 0o077:
        raise LocalError(f"{place} is not a private folder of the account that runs PostgreSQL; remove it.")
    return place


def _may_enter(path: Path, account: Account) -> bool:
    tried = subprocess.run(  # noqa: S603 - a fixed command
        ["/bin/sh", "-c", 'cd "$0"', str(path)],
        user=account.uid,
        group=account.gid,
        extra_groups=[],
        cwd="/",
        capture_output=True,
        check=False,
    )
    return tried.returncode == 0
