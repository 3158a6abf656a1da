"""The server: the app under security headers, a cookie for each browser, and a health route.

Run as a script (`banimpact app` does), or point any ASGI server at `app`.
"""

import secrets
import sys
from pathlib import Path
from typing import Any

import streamlit as st
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

from analyzer.service import tool_version

COOKIE = "banimpact"
_ASGI = Any

# Streamlit's page runs its own inline bootstrap, and Vega compiles expressions: hence
# 'unsafe-inline' and 'unsafe-eval' for scripts of this origin. Nothing else may be loaded or
# reached, and no page may frame this one.
POLICY = "; ".join(
    (
        "default-src 'self'",
        "script-src 'self' 'unsafe-inline' 'unsafe-eval'",
        "style-src 'self' 'unsafe-inline'",
        "img-src 'self' data: blob:",
        "font-src 'self' data:",
        "connect-src 'self'",
        "worker-src 'self' blob:",
        "object-src 'none'",
        "base-uri 'self'",
        "form-action 'self'",
        "frame-ancestors 'none'",
    )
)
HEADERS = (
    ("content-security-policy", POLICY),
    ("x-content-type-options", "nosniff"),
    ("x-frame-options", "DENY"),
    ("referrer-policy", "no-referrer"),
    ("cross-origin-opener-policy", "same-origin"),
    ("permissions-policy", "camera=(), microphone=(), geolocation=(), payment=(), usb=()"),
)


class Guard:
    """ASGI middleware: headers on every response, and a token for a browser that has none.

    The token names the desk that a refresh resumes. No script can read it, it is sent to this
    site alone, and over TLS it is marked secure.
    """

    def __init__(self, app: _ASGI) -> None:
        self.app = app

    async def __call__(self, scope: _ASGI, receive: _ASGI, send: _ASGI) -> None:
        """Serve one request."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        headers = dict(scope["headers"])
        fresh = COOKIE.encode() + b"=" not in headers.get(b"cookie", b"")
        proxied = headers.get(b"x-forwarded-proto", b"") == b"https"
        secure = "; Secure" if proxied or scope.get("scheme") == "https" else ""

        async def guarded(message: _ASGI) -> None:
            if message["type"] == "http.response.start":
                raw = [h for h in message["headers"] if h[0].decode().lower() not in _NAMES]
                raw += [(name.encode(), value.encode()) for name, value in HEADERS]
                if fresh:
                    cookie = f"{COOKIE}={secrets.token_urlsafe(32)}; Path=/; HttpOnly; "
                    cookie += f"SameSite=Strict; Max-Age=2592000{secure}"
                    raw.append((b"set-cookie", cookie.encode()))
                message = {**message, "headers": raw}
            await send(message)

        await self.app(scope, receive, guarded)


_NAMES = frozenset(name for name, _ in HEADERS)


async def health(_request: Request) -> JSONResponse:
    """Answer that the server is up; says nothing about anybody's data."""
    return JSONResponse({"status": "ok", "version": tool_version()})


app = st.App(
    Path(__file__).resolve().parent / "app.py",
    routes=[Route("/api/health", health)],
    middleware=[Middleware(Guard)],
)


def main(port: int, opens: bool) -> None:
    """Serve on the loopback address until stopped."""
    app.run(
        config={
            "server.address": "127.0.0.1",
            "server.port": port,
            "server.headless": not opens,
            "server.showEmailPrompt": False,
            "server.enableXsrfProtection": True,
            "browser.gatherUsageStats": False,
        }
    )


if __name__ == "__main__":
    main(
        port=int(sys.argv[1]) if len(sys.argv) > 1 else 8501,
        opens=len(sys.argv) > 2 and sys.argv[2] == "open",
    )
