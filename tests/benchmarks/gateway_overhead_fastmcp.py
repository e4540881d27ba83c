"""fastmcp's proxy, for gateway_overhead.py: run in the environment of the rivals, as documented.

`python -m tests.benchmarks.gateway_overhead_fastmcp URL PORT [--held]`; held: one client for all calls, the
fastest way it has; else a fresh session upstream for each, which is its default.
"""
# mypy: disable-error-code="import-not-found,unused-ignore"

import argparse
import asyncio

from fastmcp import Client, FastMCP
from fastmcp.server import create_proxy
from fastmcp.server.providers.proxy import ProxyProvider


async def serve(url: str, port: int, *, held: bool) -> None:
    """Serve the proxy until killed."""
    if not held:
        await _run(create_proxy(url, name="proxy"), port)
        return
    async with Client(url) as client:
        proxy = FastMCP("proxy")
        proxy.add_provider(ProxyProvider(lambda: client, cache_ttl=300))
        await _run(proxy, port)


async def _run(proxy: FastMCP, port: int) -> None:
    await proxy.run_http_async(host="127.0.0.1", port=port, path="/mcp", log_level="error", show_banner=False)


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("url")
    parser.add_argument("port", type=int)
    parser.add_argument("--held", action="store_true")
    given = parser.parse_args()
    asyncio.run(serve(given.url, given.port, held=given.held))
