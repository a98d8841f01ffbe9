"""The sensor node. On a board it starts by itself; on a computer:

micropython firmware/main.py --port /dev/pts/7 --id a1b2c3d4      (or python3; --help tells the rest)
"""

import sys

HERE = __file__.rpartition("/")[0] or "."
sys.path.insert(0, HERE + "/lib")
if sys.platform in ("linux", "darwin"):
    sys.path.insert(0, HERE + "/host")

from board import Board
from node import Node


def run(board: Board) -> None:
    """Join the board and the node until the board stops."""
    node = Node(
        board.ident, board.boot_id(), board.ticks(), board.equipment, board.heartbeat_s, board.reading_s, board.shared
    )
    board.began(node)
    while board.running:
        now = board.ticks()
        for change in board.changes():
            take(node, change, now)
        node.battery = board.battery()
        answers = node.receive(board.read(), now)
        act(board, node)
        for frame in answers + node.step(now):
            board.write(frame)
        act(board, node)
        board.wait(node.wait(now))


def take(node: Node, change: "tuple[str, int, int, int]", now: int) -> None:
    """One change at the sensors: ("set", code, index, raw), ("press", index, raw, 0) or ("test", 0, 0, 0)."""
    verb = change[0]
    if verb == "set":
        node.set(change[1], change[2], change[3], now)
    elif verb == "press":
        node.press(change[1], change[2], now)
    else:
        node.test(now)


def act(board: Board, node: Node) -> None:
    """Do and tell what the node decided."""
    while node.events:
        event = node.events.pop(0)
        if event.name == "output":
            board.output(event.number, bool(event.value))
        board.tell(event)


if __name__ == "__main__":
    run(Board(sys.argv[1:]))
