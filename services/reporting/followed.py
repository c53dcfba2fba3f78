"""What was not followed from the first fact on is not answered: nobody, or no cohort, would be the wrong figure."""

from services.chassis.postgres import Transaction


class NotFollowed(Exception):
    """Facts were applied before something was followed; a rebuild, which begins with the first fact, knows it."""

    def __init__(self, code: str, indonesian: str, english: str) -> None:
        super().__init__(code)
        self.code, self.indonesian, self.english = code, indonesian, english


CHURN = (
    "churn_needs_rebuild",
    (
        "Catatan yang diterapkan sebelum keluar-masuk diikuti belum termasuk di dalamnya, maka tidak dijawab. Bangun"
        " model bacanya kembali: `payung rebuild`, lalu `payung rebuild switch`."
    ),
    (
        "Facts that were applied before churn was followed are missing from it, so nothing is answered. Build the read"
        " model anew: `payung rebuild`, then `payung rebuild switch`."
    ),
)
COHORTS = (
    "cohorts_need_rebuild",
    (
        "Ada catatan yang diterapkan sebelum diikuti kelompok mana melindungi siapa dan jenis catatan mana yang"
        " menyatakannya, maka keduanya tidak dijawab. Bangun model bacanya kembali: `payung rebuild`, lalu"
        " `payung rebuild switch`."
    ),
    (
        "Facts were applied before it was followed which cohort protects whom, and which kind of fact told it, so"
        " neither is answered. Build the read model anew: `payung rebuild`, then `payung rebuild switch`."
    ),
)


async def churn(tx: Transaction) -> None:
    """Raise NotFollowed unless churn was followed from the first fact on."""
    if await tx.fetchval("select exists (select from churn_missing)"):
        raise NotFollowed(*CHURN)


async def cohorts(tx: Transaction) -> None:
    """Raise NotFollowed unless it was followed from the first fact on which cohort protects whom, by which fact."""
    if await tx.fetchval("select exists (select from people_cohort_missing)"):
        raise NotFollowed(*COHORTS)
