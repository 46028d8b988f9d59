"""The other side: an HTTP server that writes down the webhook-id of each call, and knows nothing of the rest."""

import asyncio
import random
import sys
from pathlib import Path


async def main(port: int, ledger: Path) -> None:
    seen: set[str] = set()
    with ledger.open("a", buffering=1) as lines:

        async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            try:
                head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").lower()
                fields = dict(line.split(": ", 1) for line in head.split("\r\n")[1:] if line)
                await reader.readexactly(int(fields.get("content-length", "0")))
                key = fields["webhook-id"]
                lines.write(f"{key}\n")
                # A second attempt takes long, so that the first one may come back while it goes on.
                await asyncio.sleep(random.uniform(2, 5) if key in seen else random.uniform(0.01, 0.08))
                seen.add(key)
                writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\nok")
                await writer.drain()
            except (ConnectionError, asyncio.IncompleteReadError):
                pass  # the caller was killed
            finally:
                writer.close()

        server = await asyncio.start_server(answer, "127.0.0.1", port, backlog=512)
        async with server:
            await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(main(int(sys.argv[1]), Path(sys.argv[2])))
