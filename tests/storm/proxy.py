"""
Between a service and its database: a network that can be told to swallow what is sent. SIGUSR1: from now on nothing
gets through, and nobody is told. SIGUSR2: new connections get through; those from before stay silent for ever, as
behind a firewall that has forgotten them. Whoever wants all to go on where it stopped freezes this process.
"""

import asyncio
import signal
import sys


class Link:
    """is_open: whether what comes from one side goes to the other. task: does that; the loop itself forgets it."""

    def __init__(self, *, is_open: bool) -> None:
        self.is_open, self.task = is_open, asyncio.current_task()

    async def pump(self, source: asyncio.StreamReader, sink: asyncio.StreamWriter) -> None:
        try:
            while data := await source.read(65_536):
                if self.is_open:
                    sink.write(data)
                    await sink.drain()
        except ConnectionError:
            pass  # one side has gone
        finally:
            if self.is_open:
                sink.close()


async def main(port: int, target: int) -> None:
    links: set[Link] = set()
    is_dark = False
    loop = asyncio.get_running_loop()

    async def accept(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        link = Link(is_open=not is_dark)
        links.add(link)
        there, back = await asyncio.open_connection("127.0.0.1", target)
        await asyncio.gather(link.pump(reader, back), link.pump(there, writer))
        links.discard(link)

    def go_dark() -> None:
        nonlocal is_dark
        is_dark = True
        for link in links:
            link.is_open = False

    def see_again() -> None:
        nonlocal is_dark
        is_dark = False

    loop.add_signal_handler(signal.SIGUSR1, go_dark)
    loop.add_signal_handler(signal.SIGUSR2, see_again)
    async with await asyncio.start_server(accept, "127.0.0.1", port, backlog=512) as server:
        await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(main(int(sys.argv[1]), int(sys.argv[2])))
