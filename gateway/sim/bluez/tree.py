"""The objects of a bluetoothd: their properties with their D-Bus types, and the signals that tell of changes."""

from collections.abc import Callable
from typing import Final

from dbus_fast import Message, MessageType, Variant

OBJECT_MANAGER: Final = "org.freedesktop.DBus.ObjectManager"
PROPERTIES: Final = "org.freedesktop.DBus.Properties"
_TYPES: Final = {
    "RSSI": "n", "AdvertisingFlags": "ay", "UUIDs": "as", "Flags": "as", "Roles": "as", "Value": "ay", "Adapter": "o",
    "Device": "o", "Service": "o", "Characteristic": "o", "MTU": "q", "Percentage": "y",
}  # fmt: skip
"""Properties that are neither a text nor a truth."""

Properties = dict[str, object]
Interfaces = dict[str, Properties]


def variant(name: str, value: object) -> Variant:
    """A property's value with the type that BlueZ gives it."""
    if name == "ServiceData":
        assert isinstance(value, dict)
        return Variant("a{sv}", {uuid: Variant("ay", data) for uuid, data in value.items()})
    if name == "ManufacturerData":
        assert isinstance(value, dict)
        return Variant("a{qv}", {maker: Variant("ay", data) for maker, data in value.items()})
    return Variant(_TYPES.get(name) or ("b" if isinstance(value, bool) else "s"), value)


def variants(properties: Properties) -> dict[str, Variant]:
    """All of them."""
    return {name: variant(name, value) for name, value in properties.items()}


class Tree:
    """Path -> interface -> properties. Every change is told by a signal, as bluetoothd tells it."""

    def __init__(self, send: Callable[[Message], None]) -> None:
        self.objects: dict[str, Interfaces] = {}
        self._send = send

    def __contains__(self, path: object) -> bool:
        return path in self.objects

    def get(self, path: str, interface: str) -> Properties:
        """The properties; none for what isn't there."""
        return self.objects.get(path, {}).get(interface, {})

    def add(self, path: str, interface: str, properties: Properties) -> None:
        """A new interface of a new or an old object."""
        self.objects.setdefault(path, {})[interface] = properties
        self._tell("/", OBJECT_MANAGER, "InterfacesAdded", "oa{sa{sv}}", [path, {interface: variants(properties)}])

    def change(self, path: str, interface: str, changed: Properties) -> None:
        """Other values."""
        self.objects[path][interface].update(changed)
        self._tell(path, PROPERTIES, "PropertiesChanged", "sa{sv}as", [interface, variants(changed), []])

    def drop(self, path: str, interface: str, name: str) -> None:
        """A property that has no value any more."""
        if self.objects.get(path, {}).get(interface, {}).pop(name, None) is not None:
            self._tell(path, PROPERTIES, "PropertiesChanged", "sa{sv}as", [interface, {}, [name]])

    def remove(self, path: str) -> None:
        """An object and all below it, the lowest first."""
        for one in sorted((one for one in self.objects if one == path or one.startswith(f"{path}/")), reverse=True):
            interfaces = list(self.objects.pop(one))
            self._tell("/", OBJECT_MANAGER, "InterfacesRemoved", "oas", [one, interfaces])

    def managed(self) -> dict[str, dict[str, dict[str, Variant]]]:
        """The answer to GetManagedObjects."""
        return {
            path: {interface: variants(properties) for interface, properties in interfaces.items()}
            for path, interfaces in self.objects.items()
        }

    def _tell(self, path: str, interface: str, member: str, signature: str, body: list[object]) -> None:
        self._send(
            Message(
                message_type=MessageType.SIGNAL,
                path=path,
                interface=interface,
                member=member,
                signature=signature,
                body=body,
            )
        )
