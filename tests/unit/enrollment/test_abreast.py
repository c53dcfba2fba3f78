"""Pieces of a list go two abreast, commit in the order of the rows, and are undone behind one that is undone."""

import asyncio
from collections.abc import Awaitable, Callable

import pytest

from services.enrollment.batches.abreast import Turn, two_abreast
from services.enrollment.cohorts.places import PlacesMoved

LAST = 4
Step = Callable[[int], Awaitable[None]]


class Trip(Exception):
    """A piece fails."""


async def carry_out(
    locks: Step, saves: Step | None = None, commits: Step | None = None, *, ends_at: int = 0
) -> tuple[list[str], bool]:
    """Carry out pieces of one row each, and tell what happened in which order."""
    seen: list[str] = []

    async def piece(turn: Turn) -> bool:
        number = turn.through + 1
        if number > LAST:
            return True
        await locks(number)
        seen.append(f"locked {number}")
        turn.have_locked(number, 1)
        await (saves or nothing)(number)
        await turn.comes()
        await (commits or nothing)(number)
        seen.append(f"committed {number} after {turn.done}")
        return number != ends_at

    return seen, await two_abreast(piece, after=0)


async def nothing(_: int) -> None:
    await asyncio.sleep(0)


def committed(seen: list[str]) -> list[int]:
    return [int(one.split()[1]) for one in seen if one.startswith("committed")]


async def test_the_next_piece_is_prepared_while_one_commits_and_commits_after_it() -> None:
    second_has_locked = asyncio.Event()

    async def locks(number: int) -> None:
        if number == 2:
            second_has_locked.set()

    async def commits(number: int) -> None:
        if number == 1:
            await second_has_locked.wait()  # it would never come if pieces went one by one

    seen, goes_on = await carry_out(locks, nothing, commits)
    assert goes_on
    assert committed(seen) == [1, 2, 3, 4]
    assert seen[-1] == "committed 4 after 3"
    for number in range(1, LAST):
        assert seen.index(f"locked {number}") < seen.index(f"locked {number + 1}")
    for number in range(1, LAST - 1):
        assert seen.index(f"committed {number} after {number - 1}") < seen.index(f"locked {number + 2}"), "only two"


async def test_a_piece_that_is_undone_undoes_the_one_behind_it_which_begins_again_after_it() -> None:
    tries: dict[int, int] = {}
    third_has_locked = asyncio.Event()

    async def locks(number: int) -> None:
        tries[number] = tries.get(number, 0) + 1
        if number == 3:
            third_has_locked.set()

    async def commits(number: int) -> None:
        if number == 2 and tries[2] == 1:
            await third_has_locked.wait()
            raise PlacesMoved

    seen, goes_on = await carry_out(locks, nothing, commits)
    assert goes_on
    assert committed(seen) == [1, 2, 3, 4]
    assert tries == {1: 1, 2: 2, 3: 2, 4: 1}
    again = len(seen) - 1 - seen[::-1].index("locked 3")
    assert seen.index("committed 2 after 1") < again, "alone, so that neither waits for the other's locks"


async def test_nothing_is_committed_behind_a_piece_that_ends_the_work() -> None:
    seen, goes_on = await carry_out(nothing, ends_at=2)
    assert not goes_on
    assert committed(seen) == [1, 2]


@pytest.mark.parametrize("failing", [1, 2, 4])
async def test_nothing_is_committed_behind_a_piece_that_fails(failing: int) -> None:
    done: list[int] = []

    async def saves(number: int) -> None:
        if number == failing:
            raise Trip

    async def commits(number: int) -> None:
        done.append(number)

    with pytest.raises(Trip):
        await carry_out(nothing, saves, commits)
    assert done == list(range(1, failing))
    assert asyncio.all_tasks() == {asyncio.current_task()}, "nothing is left running"


async def test_whoever_is_stopped_leaves_no_piece_running() -> None:
    begun = asyncio.Event()

    async def saves(_: int) -> None:
        begun.set()
        await asyncio.Event().wait()

    working = asyncio.create_task(carry_out(nothing, saves))
    await begun.wait()
    working.cancel()
    with pytest.raises(asyncio.CancelledError):
        await working
    assert asyncio.all_tasks() == {asyncio.current_task()}
