"""Whose turn failed is tried again ever later, and is seen until then."""

from uuid import UUID

from prometheus_client import REGISTRY

from services.claims.put_off import FIRST_S, LONGEST_S, PUT_OFF_MAX, PutOff

ONE, OTHER = UUID(int=1), UUID(int=2)


def test_each_time_twice_as_late_up_to_a_bound() -> None:
    put_off = PutOff("tested")
    assert [put_off.failed(ONE, 0) for _ in range(13)] == [
        *(FIRST_S * 2**times for times in range(11)),
        *[LONGEST_S] * 2,
    ]
    put_off.succeeded(ONE)
    assert put_off.failed(ONE, 0) == FIRST_S
    assert PutOff("tested", {ONE: (5_000, 0)}).failed(ONE, 0) == LONGEST_S, "more often than a number can double"


def test_who_waits_is_named_and_counted_until_it_went_well() -> None:
    put_off = PutOff("tested")
    put_off.failed(ONE, 0)
    put_off.failed(OTHER, 1)
    assert put_off.waiting(1) == [ONE, OTHER]
    assert put_off.waiting(FIRST_S) == [OTHER]
    assert REGISTRY.get_sample_value("payung_claims_put_off", {"work": "tested"}) == 2
    put_off.succeeded(ONE)
    assert REGISTRY.get_sample_value("payung_claims_put_off", {"work": "tested"}) == 1
    assert put_off.waiting(1 + FIRST_S + LONGEST_S) == []
    assert REGISTRY.get_sample_value("payung_claims_put_off", {"work": "tested"}) == 0, "it was mended meanwhile"


def test_so_many_are_known_and_no_more() -> None:
    put_off = PutOff("tested", {UUID(int=number): (1, FIRST_S) for number in range(PUT_OFF_MAX)})
    put_off.failed(UUID(int=PUT_OFF_MAX), 0)
    assert len(put_off.known) == PUT_OFF_MAX
    assert UUID(int=0) not in put_off.known
