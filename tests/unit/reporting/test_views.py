"""Two definitions are the same if they differ only in what Postgres adds by itself."""

import pytest

from services.reporting.views import plain


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("SELECT a FROM p1.letter", "SELECT a FROM p2.letter"),
        ("SELECT a FROM bi.claims(x)", "SELECT a FROM claims(x)"),
        ("LANGUAGE sql SECURITY DEFINER", "LANGUAGE sql"),
        ("SELECT 'decided'::text AS text, b", "SELECT 'decided'::text, b"),
        ("SELECT NULL::bigint AS int8", "SELECT NULL::bigint"),
        ("SELECT NULL::timestamp with time zone AS timestamptz", "SELECT NULL::timestamp with time zone"),
        ("SELECT 'it''s'::text AS text", "SELECT 'it''s'::text"),
        ("SELECT (f.asked)[(1 + f(c.day))] AS asked,\n    b", "SELECT (f.asked)[(1 + f(c.day))],\n    b"),
    ],
)
def test_what_postgres_adds_makes_no_difference(one: str, other: str) -> None:
    assert plain(one) == plain(other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("SELECT a AS x, b AS y", "SELECT a AS y, b AS x"),
        ("SELECT a AS people", "SELECT a AS workers"),
        ("SELECT a AS people", "SELECT a"),
        ("SELECT a AS text", "SELECT a"),
        ("SELECT f(a.x, a.y) AS x", "SELECT f(a.x, a.y) AS y"),
        ("SELECT 'decided'::text AS what", "SELECT 'decided'::text"),
        ("SELECT (a)::text AS text", "SELECT (a)::text"),
    ],
)
def test_a_column_of_another_name_does(one: str, other: str) -> None:
    assert plain(one) != plain(other)
