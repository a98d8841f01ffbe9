"""All that apprise knows: SMS, WeCom, DingTalk, Feishu, Telegram and a hundred more; blocking, in threads.

apprise is imported with the first message (0.1 s here, 14 MB on the disk): a gateway without such a channel has none.
"""

from urllib.parse import quote

from gateway.people.letter import Letter
from gateway.people.secret import Refused, secret
from gateway.site import Channel


def send(channel: Channel, letter: Letter, address: str) -> None:
    """Hand one letter to the service of the channel's URL; raises Refused or OSError."""
    try:
        import apprise
    except ImportError as error:
        raise Refused('a channel of type "apprise" needs: pip install "anju[apprise]"') from error
    service = apprise.Apprise()
    if not service.add(secret(channel).replace("{to}", quote(address, safe=""))):
        raise Refused("apprise does not understand the channel's URL")
    alarm = letter.severity in ("emergency", "urgent")
    kind = apprise.NotifyType.FAILURE if alarm else apprise.NotifyType.INFO
    if not service.notify(body=letter.text, title=letter.subject, notify_type=kind):
        raise OSError("the service did not take it")
