"""Apple Health's ``export.xml``: heart rates.

The file may have gigabytes, and XML may define entities that unfold without end. It is read in one pass; what is
not a heart rate is dropped as it is read, and a file that defines an entity is refused.
"""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from xml.parsers import expat

from harness.errors import Reason, Unscored
from harness.files import regular
from harness.signals.consumer_exports import Found, in_order
from harness.signals.media import UNITS
from harness.signals.undecodable import undecodable

MAX_XML_BYTES = 16 * 2**30
MAX_VALUES = 20_000_000
_HEART_RATE = "HKQuantityTypeIdentifierHeartRate"
_PIECE = 2**20
MAX_TAG_BYTES = 2**20


def read_apple_health(path: Path) -> Found:
    """The heart rates of all devices in the export, by the time at which each began (unix seconds).

    Raises:
        Unscored: missing, no such export, it defines entities, or it holds no heart rate (``no_signal``).
    """
    pairs: list[tuple[float, float]] = []

    def element(name: str, of: dict[str, str]) -> None:
        if name == "Record" and of.get("type") == _HEART_RATE:
            per_minute = float(of["value"]) * (60.0 if of.get("unit") == "count/s" else 1.0)
            pairs.append((datetime.strptime(of["startDate"], "%Y-%m-%d %H:%M:%S %z").timestamp(), per_minute))
            if len(pairs) > MAX_VALUES:
                raise Unscored(Reason.TOO_LARGE, f"over {MAX_VALUES:,} heart rates")

    def entity(*_: object) -> None:
        raise Unscored(Reason.UNREADABLE, f"{path.name} defines entities, as no export of a phone does")

    parser = expat.ParserCreate()
    parser.StartElementHandler = element
    parser.EntityDeclHandler = entity
    try:
        with regular(path).open("rb") as file:
            if path.stat().st_size > MAX_XML_BYTES:
                raise Unscored(Reason.TOO_LARGE, f"the file is over {MAX_XML_BYTES // 2**30} GiB")
            while piece := file.read(_PIECE):
                parser.Parse(piece, False)
                if file.tell() - parser.CurrentByteIndex > _PIECE + MAX_TAG_BYTES:
                    raise Unscored(Reason.UNREADABLE, f"{path.name} has a tag of over {MAX_TAG_BYTES:,} bytes")
            parser.Parse(b"", True)
    except (OSError, ValueError, LookupError, expat.ExpatError):
        raise undecodable(path, "an export of Apple Health") from None
    if not pairs:
        raise Unscored(Reason.NO_SIGNAL, f"{path.name} holds no {_HEART_RATE}")
    return {"heart_rate": in_order(pairs, UNITS["heart_rate"])}, None
