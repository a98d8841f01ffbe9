"""How the gateway itself is, as Frames: it raises nothing, all troubles are rules on these values.

Devices: ``gateway`` (storage, clock, inbox), ``gateway:PORT``, ``gateway:UPLINK``, ``gateway:OUTPUT``.
"""

import json

from drivers.reading import Frame, Scalar


def report(at: float, device: str, **values: Scalar) -> Frame:
    """A Frame that says how one part of the gateway is, e.g. ``port_down=True``."""
    return Frame("health", at, json.dumps({"device": device, "values": values}, sort_keys=True).encode())
