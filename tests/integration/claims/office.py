"""The office at the door of claims: a clerk who proposes, one who decides, one who pays, each under their own name."""

from typing import Any

from httpx2 import AsyncClient, Response

from tests.unit.claims.cases import KETUT, MADE, PUTU, WAYAN

PROPOSER = {"Payung-Actor": PUTU, "Payung-Roles": "proposer"}
DECIDER = {"Payung-Actor": MADE, "Payung-Roles": "decider"}
PAYER = {"Payung-Actor": KETUT, "Payung-Roles": "payer"}
CSV = {"Content-Type": "text/csv"}

REPORT: dict[str, Any] = {"worker_id": str(WAYAN), "programme": "JKM", "incident_on": "2025-10-03"}
ACCIDENT: dict[str, Any] = {
    "place": "traffic",
    "activity": "farming",
    "police_report": True,
    "witnesses": ["I Made Saksirahasia"],
    "story": "Jatuh di tikungan Rahasiawati",
}
FATAL = REPORT | {"programme": "JKK", "died_on": "2025-10-04", "circumstances": ACCIDENT}
MOTHER: dict[str, Any] = {"relation": "parent", "name": "Ni Luh Rahasia", "bank": "BPD Bali", "account": "99-12345-RHS"}
SECRETS = ("Rahasia", "99-12345-RHS", "Saksirahasia")


class Office:
    """Sends commands to a running claims; `step` gives the claim, or fails with what was refused."""

    def __init__(self, http: AsyncClient) -> None:
        self.http = http

    async def report(self, **different: Any) -> Any:
        answer = await self.http.post("/v1/claims", json=REPORT | different)
        assert answer.status_code in {201, 202}, answer.text
        return answer.json()

    async def send(self, claim: Any, door: str, who: dict[str, str], **body: Any) -> Response:
        return await self.http.post(f"/v1/claims/{claim['claim_id']}/{door}", json=body, headers=who)

    async def step(self, claim: Any, door: str, who: dict[str, str], **body: Any) -> Any:
        answer = await self.send(claim, door, who, **body)
        assert answer.status_code == 200, answer.text
        return answer.json()

    async def refused(self, claim: Any, door: str, who: dict[str, str], **body: Any) -> tuple[int, str]:
        """Send what is refused, in both languages, and give status and code."""
        answer = await self.send(claim, door, who, **body)
        told = answer.json()
        assert answer.headers["Content-Type"] == "application/problem+json", answer.text
        assert told["indonesian"]
        assert told["english"]
        return answer.status_code, told["code"]

    async def submitted(self, claim: Any, *payees: dict[str, Any]) -> Any:
        """Bring all that is missing, and the tax number of a large benefit, and apply for these payees."""
        brought = [{"code": code} for code in ("NPWP", *(one["code"] for one in claim["missing"]))]
        await self.step(claim, "documents", PROPOSER, documents=brought)
        return await self.step(claim, "submission", PROPOSER, payees=list(payees) or [MOTHER])

    async def ordered(self, claim: Any, *payees: dict[str, Any]) -> Any:
        """Take a claim from its report to payments that are under way."""
        await self.submitted(claim, *payees)
        await self.step(claim, "decision", DECIDER)
        return await self.step(claim, "payment-order", PAYER)

    async def bank(self, *lines: str) -> Any:
        """Send a file of the bank."""
        header = "payment_id,status,settled_on,amount_idr,bank_reference,code"
        content = "\n".join((header, *lines))
        answer = await self.http.post("/v1/payments/reconciliation", content=content, headers=PAYER | CSV)
        assert answer.status_code == 200, answer.text
        return answer.json()

    async def today(self) -> str:
        return str((await self.http.get("/v1/clock")).json()["business_date"])
