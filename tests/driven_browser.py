"""Chromium, driven over the W3C WebDriver protocol by Debian's chromedriver."""

from __future__ import annotations

import json
import shutil
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from urllib.request import Request, urlopen

import pytest
from axe_core import RULES, axe_script

needs_browser = pytest.mark.skipif(
    not (shutil.which("chromium") and shutil.which("chromedriver")), reason="needs Chromium and chromedriver"
)
PATIENCE_S = 20.0
KEYS = {"Escape": "\ue00c", "Enter": "\ue007", "ArrowDown": "\ue015", "Tab": "\ue004", "End": "\ue010"}


_UNFOLD = "document.querySelectorAll('details').forEach((one) => { one.open = true; });"
_FIND_BARRIERS = """
const [rules, done] = arguments;
const said = (one) => `${one.target.join(" ")}: ${one.html.slice(0, 200)} ${one.failureSummary}`;
axe.run(document, { resultTypes: ["violations"], runOnly: { type: "tag", values: rules } }).then(
  ({ violations }) => done(violations.flatMap(({ id, nodes }) => nodes.map((one) => `${id} ${said(one)}`))),
  (error) => done([String(error)]),
);
"""


class Browser:
    """One window.

    Args:
        driver: the address of chromedriver.
    """

    def __init__(self, driver: str) -> None:
        arguments = ["--headless=new", "--no-sandbox", "--disable-gpu", "--mute-audio"]
        options = {"binary": shutil.which("chromium"), "args": arguments}
        wanted = {"browserName": "chrome", "goog:chromeOptions": options, "goog:loggingPrefs": {"browser": "ALL"}}
        begun = _asked(f"{driver}/session", "POST", {"capabilities": {"alwaysMatch": wanted}})
        self._session = f"{driver}/session/{begun['sessionId']}"

    def call(self, method: str, path: str, body: dict[str, Any] | None = None) -> Any:
        """A command of the protocol."""
        return _asked(f"{self._session}{path}", method, body)

    def screen(self, width: int, height: int, *, dark: bool) -> None:
        """The size of the window, and whether its user prefers dark pages."""
        size = {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": width < 600}
        scheme = {"features": [{"name": "prefers-color-scheme", "value": "dark" if dark else "light"}]}
        for command, parameters in (("setDeviceMetricsOverride", size), ("setEmulatedMedia", scheme)):
            self.call("POST", "/goog/cdp/execute", {"cmd": f"Emulation.{command}", "params": parameters})

    def open(self, url: str) -> None:
        """Load an address anew, also if only what stands behind # differs."""
        self.call("POST", "/url", {"url": "about:blank"})
        self.call("POST", "/url", {"url": url})

    def run(self, script: str) -> Any:
        """What an expression of JavaScript gives in the page."""
        return self.call("POST", "/execute/sync", {"script": f"return ({script});", "args": []})

    def until(self, script: str) -> Any:
        """Wait until an expression gives something that holds."""
        end = time.monotonic() + PATIENCE_S
        while not (found := self.run(script)):
            assert time.monotonic() < end, f"never true: {script}\n{self.run('document.body.innerText')}"
            time.sleep(0.02)
        return found

    def press(self, *keys: str) -> None:
        """Press keys, letters or names of `KEYS`, wherever the focus is."""
        for key in keys:
            value = KEYS.get(key, key)
            actions = [{"type": "keyDown", "value": value}, {"type": "keyUp", "value": value}]
            self.call("POST", "/actions", {"actions": [{"type": "key", "id": "keys", "actions": actions}]})

    def barriers(self) -> list[str]:
        """What axe-core finds against WCAG 2.2 AA and its best practices, with all that is folded open.

        The page's own policy does not hold for the tools of a developer, by which axe-core comes in.
        """
        self.call("POST", "/execute/sync", {"script": _UNFOLD, "args": []})
        parameters = {"expression": axe_script()}
        self.call("POST", "/goog/cdp/execute", {"cmd": "Runtime.evaluate", "params": parameters})
        found: list[str] = self.call("POST", "/execute/async", {"script": _FIND_BARRIERS, "args": [list(RULES)]})
        return found

    def is_too_wide(self) -> bool:
        """Whether the page must be scrolled sideways."""
        return bool(self.run("document.documentElement.scrollWidth > innerWidth"))

    def complaints(self) -> list[str]:
        """What the page wrote into its console since the last call, such as what its policy refused."""
        return [entry["message"] for entry in self.call("POST", "/se/log", {"type": "browser"})]


@contextmanager
def browser() -> Iterator[Browser]:
    """A browser that ends with the context."""
    command = ["chromedriver", "--port=0"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as driver:
        assert driver.stdout is not None
        try:
            line = next(line for line in driver.stdout if "successfully on port" in line)
            one = Browser(f"http://127.0.0.1:{line.rsplit(' ', 1)[1].strip('. ' + chr(10))}")
            try:
                yield one
            finally:
                one.call("DELETE", "")
        finally:
            driver.terminate()


def _asked(url: str, method: str, body: dict[str, Any] | None) -> Any:
    data = None if method != "POST" else json.dumps(body or {}).encode()
    request = Request(url, data=data, method=method, headers={"Content-Type": "application/json"})
    with urlopen(request, timeout=60) as response:
        return json.load(response)["value"]
