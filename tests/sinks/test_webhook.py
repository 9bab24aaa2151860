"""Alerts posted to a web address."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any

import pytest
from wirewatch.sinks.webhook import WebhookSettings, WebhookSink
from wirewatch.testing import START, batch


class _Receiver(HTTPServer):
    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.messages: list[dict[str, Any]] = []

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}/alerts"


class _Handler(BaseHTTPRequestHandler):
    server: _Receiver

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.messages.append(json.loads(body))
        self.send_response(204)
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Tests are silent."""


@pytest.fixture
def receiver() -> Iterator[_Receiver]:
    with _Receiver() as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield server
        server.shutdown()
        thread.join()


def alert(**fields: Any) -> dict[str, Any]:
    return {"signature": "Port scan", "severity": 2, **fields}


def test_an_alert_becomes_one_request_without_empty_fields(receiver: _Receiver) -> None:
    WebhookSink(WebhookSettings(url=receiver.url)).write(batch("alert", alert()))
    [message] = receiver.messages
    assert message["signature"] == "Port scan"
    assert message["ts"] == START
    assert None not in message.values()


def test_less_severe_alerts_are_not_sent(receiver: _Receiver) -> None:
    sink = WebhookSink(WebhookSettings(url=receiver.url, least_severity=2))
    sink.write(batch("alert", alert(severity=3), alert(severity=1)))
    assert [message["severity"] for message in receiver.messages] == [1]


def test_alerts_beyond_the_rate_are_counted_in_the_next_request(receiver: _Receiver) -> None:
    now = 0.0
    settings = WebhookSettings(url=receiver.url, per_minute=1)
    sink = WebhookSink(settings, clock=lambda: now)
    sink.write(batch("alert", alert(), alert(), alert()))
    now = 61.0
    sink.write(batch("alert", alert()))
    assert [message.get("held_back") for message in receiver.messages] == [None, 2]


def test_closing_tells_what_was_held_back(receiver: _Receiver) -> None:
    sink = WebhookSink(WebhookSettings(url=receiver.url, per_minute=1))
    sink.write(batch("alert", alert(), alert()))
    sink.close()
    assert receiver.messages[-1] == {"held_back": 1}


def test_an_address_that_is_not_of_the_web_is_refused() -> None:
    with pytest.raises(ValueError, match=r"sinks\.webhook\.url"):
        WebhookSink(WebhookSettings(url="file:///etc/passwd"))


def test_without_an_address_the_sink_is_off() -> None:
    assert not WebhookSink.is_wanted(WebhookSettings())
