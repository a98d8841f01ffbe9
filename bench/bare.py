"""The least that anybody can do with a reading: find its sensor, note when it was heard and what it said.

What bench/rules.py loses here between 50 and 20,000 sensors is lost to the caches of the machine alone: one look
into a table by name, and one object.
"""

from drivers.reading import Reading, Scalar


class Sensor:
    """One object."""

    __slots__ = ("heard", "value")

    def __init__(self) -> None:
        self.heard = 0.0
        self.value: Scalar = 0.0


class Bare:
    """All sensors."""

    def __init__(self) -> None:
        self.sensors: dict[str, Sensor] = {}

    def feed(self, reading: Reading) -> None:
        """One reading."""
        sensor = self.sensors.get(reading.device)
        if sensor is None:
            sensor = self.sensors[reading.device] = Sensor()
        sensor.heard, sensor.value = reading.at, reading.value
