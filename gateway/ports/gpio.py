"""GPIO lines of the gateway's own board; the only user of gpiod (extra ``pi``)."""

from gateway.site import Gpio


class Board:
    """Lines are asked for when first used, and kept until the process ends: what they drive stays as it was set."""

    def __init__(self) -> None:
        self._requests: dict[Gpio, object] = {}

    def look(self, gpio: Gpio) -> None:
        """Whether there is such a line, without moving it; raises OSError when the chip or the library isn't there."""
        try:
            import gpiod
        except ImportError as error:
            raise OSError('a GPIO output needs gpiod: pip install "anju[pi]"') from error
        with gpiod.Chip(gpio.chip) as chip:
            chip.get_line_info(gpio.line)

    def drive(self, gpio: Gpio, on: bool) -> bool:
        """Set a line and return what it reads back; raises OSError when the chip or the library isn't there."""
        try:
            import gpiod
            from gpiod.line import Direction, Value
        except ImportError as error:
            raise OSError('a GPIO output needs gpiod: pip install "anju[pi]"') from error
        value = Value.ACTIVE if on else Value.INACTIVE
        request = self._requests.get(gpio)
        if not isinstance(request, gpiod.LineRequest):
            settings = gpiod.LineSettings(direction=Direction.OUTPUT, active_low=gpio.active_low, output_value=value)
            request = gpiod.request_lines(gpio.chip, consumer="anju", config={gpio.line: settings})
            self._requests[gpio] = request
        request.set_value(gpio.line, value)
        return bool(request.get_value(gpio.line) == Value.ACTIVE)
