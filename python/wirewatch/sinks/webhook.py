"""Alerts sent to a web address, as one JSON object per request.

The object has the names of the `alert` record, empty fields left out, and fits what chat systems
and automation services take in through a small adapter. Alerts beyond a rate are counted in the
next request instead of being sent one by one, so that a noisy rule does not flood the other
side.
"""

from __future__ import annotations

import json
import logging
import time
from collections.abc import Callable
from typing import Any, ClassVar

from wirewatch.batch import Batch
from wirewatch.config import kinds
from wirewatch.config.definition import Section, setting

log = logging.getLogger(__name__)

_BINARY = frozenset({"payload", "packet"})


class WebhookSettings(Section):
    """Where alerts are sent to."""

    url: str | None = setting(
        None, "Address that alerts are posted to; empty turns the sink off.", kind=kinds.TEXT
    )
    least_severity: int = setting(
        3, "Alerts of a greater number (less severe) are not sent.", minimum=1, maximum=255
    )
    per_minute: int = setting(
        30, "How many requests a minute are made; the rest is counted.", minimum=1, maximum=6000
    )
    timeout_s: int = setting(5, "Seconds to wait for the other side.", minimum=1, maximum=60)


class WebhookSink:
    """Posts alerts to a web address."""

    name: ClassVar[str] = "webhook"
    reads: ClassVar[frozenset[str]] = frozenset({"alert"})
    settings: ClassVar[type[Section]] = WebhookSettings

    def __init__(
        self, settings: WebhookSettings, *, clock: Callable[[], float] = time.monotonic
    ) -> None:
        url = settings.url or ""
        if not url.startswith(("http://", "https://")):
            raise ValueError(f"sinks.webhook.url = {url!r}: expected http:// or https://")
        self._url = url
        self._settings = settings
        self._clock = clock
        self._minute = clock()
        self._sent = 0
        self._held_back = 0

    @classmethod
    def is_wanted(cls, settings: WebhookSettings) -> bool:
        """Whether an address is set."""
        return bool(settings.url)

    def write(self, batch: Batch) -> None:
        """Posts the alerts that are severe enough, as far as the rate allows."""
        for row in batch.rows():
            alert = dict(zip(batch.names, row, strict=True))
            if alert["severity"] <= self._settings.least_severity:
                self._offer(alert)

    def close(self) -> None:
        """Tells how many alerts were held back, when there are any."""
        if self._held_back:
            self._post({"held_back": self._held_back})

    def _offer(self, alert: dict[str, Any]) -> None:
        now = self._clock()
        if now - self._minute >= 60:
            self._minute, self._sent = now, 0
        if self._sent >= self._settings.per_minute:
            self._held_back += 1
            return
        self._sent += 1
        held_back, self._held_back = self._held_back, 0
        fields = {k: v for k, v in alert.items() if v not in (None, "", []) and k not in _BINARY}
        self._post(fields | ({"held_back": held_back} if held_back else {}))

    def _post(self, message: dict[str, Any]) -> None:
        import urllib.request  # 40 ms that only those who use this sink should pay

        request = urllib.request.Request(  # noqa: S310 - the scheme is checked above
            self._url,
            data=json.dumps(message, default=str).encode(),
            headers={"Content-Type": "application/json", "User-Agent": "wirewatch"},
        )
        with urllib.request.urlopen(request, timeout=self._settings.timeout_s):  # noqa: S310
            pass
