"""Which days and times can be asked about.

Beyond them nothing is told, and what Postgres or Python make of the ends of the calendar is no answer: the first day of
all is minus infinity to the one, and an hour too far for the other.
"""

from datetime import UTC, date, datetime
from typing import Annotated

from pydantic import AwareDatetime, Field

DAYS = (date(1990, 1, 1), date(2199, 12, 31))
TIMES = (datetime(1990, 1, 1, tzinfo=UTC), datetime(2199, 12, 31, tzinfo=UTC))

Day = Annotated[date, Field(ge=DAYS[0], le=DAYS[1])]
Time = Annotated[AwareDatetime, Field(ge=TIMES[0], le=TIMES[1])]
