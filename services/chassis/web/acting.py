"""Who acts, and in which roles: read from two headers, believed only from loopback or a configured gateway."""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Annotated, Any, Literal
from uuid import uuid4

from fastapi import Depends, Header, Request, Security
from fastapi.security import APIKeyHeader, SecurityScopes

from services.chassis.ledger import Act
from services.chassis.web.problems import Problem

LOOPBACK = ("127.0.0.1", "::1")
ACTOR_LENGTH_MAX, ROLES_LENGTH_MAX = 100, 500
Role = Literal[
    "clerk",
    "approver",
    "operator",
    "data_protection",
    "steward",
    "proposer",
    "decider",
    "payer",
    "rules_author",
    "rules_approver",
]
"""What somebody may be; docs/operations.md tells what each may do."""


@dataclass(frozen=True, slots=True)
class Actor:
    """Who acts, and in which roles."""

    id: str
    roles: frozenset[str]

    def act(self) -> Act:
        """Begin an act of this actor, with a correlation id of its own."""
        return Act(self.id, uuid4())


def role_missing(roles: Collection[str]) -> Problem:
    """Tell which role is needed, and how to bring it along."""
    english = f"This needs the role {' or '.join(roles)}; send it in Payung-Roles, through the gateway."
    indonesian = f"Tindakan ini memerlukan peran {' atau '.join(roles)}; kirim dalam Payung-Roles, melalui gateway."
    return Problem(403, "Role missing", english, code="role_missing", indonesian=indonesian, english=english)


async def actor(
    request: Request,
    payung_actor: Annotated[
        str, Header(alias="Payung-Actor", min_length=1, max_length=ACTOR_LENGTH_MAX, description="Who acts")
    ] = "anonymous",
    payung_roles: Annotated[
        str, Header(alias="Payung-Roles", max_length=ROLES_LENGTH_MAX, description="Roles, separated by commas")
    ] = "",
) -> Actor:
    """Read who acts from the headers of a trusted sender."""
    sender = request.client.host if request.client else ""
    if sender not in (*LOOPBACK, *request.app.state.gateways):
        return Actor("anonymous", frozenset())
    return Actor(payung_actor, frozenset(role.strip() for role in payung_roles.split(",") if role.strip()))


Acting = Annotated[Actor, Depends(actor)]

_ROLES_HEADER = APIKeyHeader(name="Payung-Roles", scheme_name="roles", auto_error=False)


async def _in_role(scopes: SecurityScopes, who: Acting, _sent: Annotated[str | None, Security(_ROLES_HEADER)]) -> Actor:
    if not who.roles.intersection(scopes.scopes):
        raise role_missing(scopes.scopes)
    return who


def acting_as(*roles: Role) -> Any:
    """Let an operation be for whoever has one of these roles, and let its OpenAPI say so.

    `Clerk = Annotated[Actor, acting_as("clerk")]`, then `who: Clerk` among the parameters of the operation.
    """
    return Security(_in_role, scopes=list(roles))
