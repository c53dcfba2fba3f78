"""The tick: a source's own statement of how far its facts have been published."""  # noqa: A005 - named as its type on the wire is

from datetime import datetime
from typing import ClassVar

from payung_contracts.fact import Fact


class Tick(Fact):
    """Everything the source had committed before snapshot `snapshot` stands on Kafka, up to `offsets`.

    `epoch` rises when facts were sent again after a loss; `number` counts ticks of one source. `clock` is the source's
    time at the tick. No fact with `recordedtime` at or before `complete_until` can appear later. `offsets` gives, for
    each topic of the source, the next offset of each partition in order. `count` and `checksum` (exclusive or of
    the event ids, 32 hexadecimal digits) cover the facts sent since the tick before.
    """

    type: ClassVar[str] = "platform.tick.v1"
    source: str
    epoch: int
    number: int
    snapshot: str
    clock: datetime
    complete_until: datetime | None
    offsets: dict[str, tuple[int, ...]]
    count: int
    checksum: str
