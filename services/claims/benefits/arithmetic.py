"""How the arithmetic of a component is written down, and read again to be said in words.

#2: a        of the second membership, or the second child
min(a; b)    a, but at most b
max(a; b)    a, but at least b
"""

import re
from dataclasses import dataclass
from typing import Literal

Limit = Literal["min", "max"]

NUMBERED = re.compile(r"#(\d+): (.*)")
LIMITED = re.compile(r"(min|max)\((.*); (.*)\)")


@dataclass(frozen=True, slots=True)
class Arithmetic:
    """A calculation as it is written; whose it is where there are several, and the limit that it ran into."""

    calculation: str
    of: int | None = None
    limited: Limit | None = None
    limit: str = ""

    def __str__(self) -> str:
        limited = f"{self.limited}({self.calculation}; {self.limit})" if self.limited else self.calculation
        return limited if self.of is None else f"#{self.of}: {limited}"


def read(text: str) -> Arithmetic:
    """Read what was written; what is neither numbered nor limited is a calculation as it stands."""
    numbered = NUMBERED.fullmatch(text)
    of, calculation = (int(numbered[1]), numbered[2]) if numbered else (None, text)
    if limited := LIMITED.fullmatch(calculation):
        return Arithmetic(limited[2], of, "min" if limited[1] == "min" else "max", limited[3])
    return Arithmetic(calculation, of)
