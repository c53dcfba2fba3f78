"""Asks a running service what its OpenAPI promises, with requests that somebody else makes up: schemathesis.

Each operation gets requests that its description allows, and some that it does not; ids in paths are often those of
things that exist. No answer may be a fault of the service, or one that is not described.
"""

import asyncio
import contextlib
from collections.abc import Mapping, Sequence
from typing import Any

import schemathesis
import uvicorn
from fastapi import FastAPI
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from hypothesis.errors import Unsatisfiable
from requests import Session
from schemathesis import GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.core.failures import FailureGroup
from schemathesis.core.result import Ok
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from tests import servers
from tests.world import until

ALLOWED, NOT_ALLOWED = 6, 3
"""Requests for each operation: as described, and not so."""
ANSWER_S_MAX = 30
CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
]
ROLES = "clerk,approver,operator,data_protection,steward,proposer,decider,payer,rules_author,rules_approver"
WHO = {"Payung-Actor": "somebody", "Payung-Roles": ROLES}


async def hold(app: FastAPI, known: Mapping[str, Sequence[str]]) -> int:
    """Ask every operation of the service; `known` are ids of things that exist. Gives how many requests it answered."""
    port = servers.free_port()
    server = uvicorn.Server(uvicorn.Config(app, port=port, log_config=None, lifespan="off"))
    serving = asyncio.create_task(server.serve())

    async def started() -> bool:
        return server.started

    await until(started, f"{app.title} answers")
    try:
        return await asyncio.to_thread(_ask_all, app.openapi(), f"http://127.0.0.1:{port}", known)
    finally:
        server.should_exit = True
        await serving


def _ask_all(document: dict[str, Any], address: str, known: Mapping[str, Sequence[str]]) -> int:
    schema = schemathesis.openapi.from_dict(document)
    schema.config.update(base_url=address)
    asked, broken = 0, []
    with Session() as session:
        for found in schema.get_all_operations():
            assert isinstance(found, Ok)
            operation = found.ok()
            for mode, examples in ((GenerationMode.POSITIVE, ALLOWED), (GenerationMode.NEGATIVE, NOT_ALLOWED)):
                try:
                    asked += _ask(operation, mode, examples, session, known)
                except FailureGroup as error:  # every operation is asked; all that is broken is told at once
                    broken.append(f"{operation.label} ({mode.value}): {error}")
    assert not broken, "\n\n".join(broken)
    return asked


def _ask(operation: Any, mode: Any, examples: int, session: Session, known: Mapping[str, Sequence[str]]) -> int:
    asked = 0

    @given(case=operation.as_strategy(generation_mode=mode), at=st.integers(0, 3))
    @settings(
        max_examples=examples,
        deadline=None,
        database=None,
        derandomize=True,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    def answers(case: Any, at: int) -> None:
        nonlocal asked
        for name, ids in known.items():
            if name in (case.path_parameters or {}) and at:  # three in four times one that exists
                case.path_parameters[name] = ids[at % len(ids)]
        case.headers = {**(case.headers or {}), **WHO}
        case.call_and_validate(session=session, checks=CHECKS, timeout=ANSWER_S_MAX)
        asked += 1

    with contextlib.suppress(Unsatisfiable):  # nothing can be wrong about a request without parameters
        answers()
    return asked
