"""A headless Chromium, driven over the WebDriver protocol with the standard library alone."""

import base64
import http.client
import json
import re
import shutil
import subprocess
import time

# A machine under load may be slow; a page that never gets there fails all the same.
PATIENCE_S = 60

KEYS = {
    "Enter": "\ue007", "Escape": "\ue00c", "Tab": "\ue004", "Shift": "\ue008",
    "Control": "\ue009", "ArrowDown": "\ue015", "ArrowRight": "\ue014", "Backspace": "\ue003",
}


class Browser:
    """One browser window. `console` and `requests` hold what it logged and asked for so far."""

    def __init__(self, width=1280, height=860):
        for program in ("chromium", "chromedriver"):
            if shutil.which(program) is None:
                raise RuntimeError(
                    f"{program} isn't installed; the packages are chromium and chromium-driver")
        self.driver = subprocess.Popen(
            ["chromedriver", "--port=0"], stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
            text=True)
        self.port = self._driver_port()
        self.session = None
        try:
            self._start_session()
            self.resize(width, height)
        except Exception:
            self.close()
            raise

    def _driver_port(self):
        lines = []
        for line in self.driver.stdout:
            lines.append(line)
            found = re.search(r"started successfully on port (\d+)", line)
            if found:
                return int(found.group(1))
        raise RuntimeError("chromedriver didn't start: " + "".join(lines))

    def _start_session(self):
        arguments = [
            "--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage",
            "--disable-background-networking", "--disable-component-update", "--disable-sync",
            "--no-first-run",
        ]
        capabilities = {"alwaysMatch": {
            "browserName": "chrome",
            "goog:chromeOptions": {"args": arguments},
            "goog:loggingPrefs": {"browser": "ALL", "performance": "ALL"},
        }}
        self.session = self._call("POST", "/session", {"capabilities": capabilities})["sessionId"]
        self.console = []
        self.requests = []
        self.cdp("Emulation.setEmulatedMedia", features=[
            {"name": "prefers-color-scheme", "value": "light"}])

    def _call(self, method, path, body=None):
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=PATIENCE_S * 2)
        try:
            connection.request(method, path, None if body is None else json.dumps(body),
                               {"Content-Type": "application/json"})
            value = json.loads(connection.getresponse().read())["value"]
        finally:
            connection.close()
        if isinstance(value, dict) and "error" in value:
            raise RuntimeError(f"{path}: {value['error']}: {value['message']}")
        return value

    def _in_session(self, method, path, body=None):
        return self._call(method, f"/session/{self.session}{path}", body)

    def close(self):
        try:
            if self.session:
                self._in_session("DELETE", "")
        finally:
            self.driver.terminate()
            self.driver.wait()
            self.driver.stdout.close()

    def cdp(self, command, **parameters):
        return self._in_session("POST", "/goog/cdp/execute",
                                {"cmd": command, "params": parameters})

    def resize(self, width, height):
        self.cdp("Emulation.setDeviceMetricsOverride", width=width, height=height,
                 deviceScaleFactor=1, mobile=False)

    def media(self, **features):
        """Emulates media features: media(prefers_color_scheme="dark")."""
        self.cdp("Emulation.setEmulatedMedia", media=features.pop("media", ""), features=[
            {"name": name.replace("_", "-"), "value": value} for name, value in features.items()])

    def go(self, url):
        """Loads `url` anew, also where only the fragment differs from the present one."""
        self._in_session("POST", "/url", {"url": "about:blank"})
        self._in_session("POST", "/url", {"url": url})

    def back(self):
        self._in_session("POST", "/back", {})

    def forward(self):
        self._in_session("POST", "/forward", {})

    def run(self, script, *arguments):
        return self._in_session("POST", "/execute/sync",
                                {"script": script, "args": list(arguments)})

    def wait(self, expression, what=None):
        """Waits until the JavaScript expression is truthy and returns it."""
        end = time.monotonic() + PATIENCE_S
        while True:
            value = self.run(f"return {expression}")
            if value:
                return value
            if time.monotonic() > end:
                raise AssertionError(f"never came true: {what or expression}\nthe page reads:\n"
                                     + self.run("return document.body.innerText"))
            time.sleep(0.02)

    def text(self, selector):
        """The text of the first element, as the reader sees it; None if there is none."""
        return self.run("return document.querySelector(arguments[0])?.innerText", selector)

    def texts(self, selector):
        return self.run(
            "return [...document.querySelectorAll(arguments[0])].map(e => e.textContent)",
            selector)

    def visible(self, selector):
        return self.run("return document.querySelector(arguments[0])?.checkVisibility() ?? false",
                        selector)

    def click(self, selector):
        element = self._in_session("POST", "/element",
                                   {"using": "css selector", "value": selector})
        self._in_session("POST", f"/element/{list(element.values())[0]}/click", {})

    def press(self, *keys):
        """Presses keys one after the other; "Shift+Tab" holds the first."""
        actions = []
        for key in keys:
            parts = key.split("+") if len(key) > 1 else [key]
            values = [KEYS.get(part, part) for part in parts]
            actions += [{"type": "keyDown", "value": value} for value in values]
            actions += [{"type": "keyUp", "value": value} for value in reversed(values)]
        self._in_session("POST", "/actions", {"actions": [
            {"type": "key", "id": "keyboard", "actions": actions}]})

    def write(self, text):
        self.press(*text)

    def screenshot(self, path):
        with open(path, "wb") as file:
            file.write(base64.b64decode(self._in_session("GET", "/screenshot")))

    def collect_logs(self):
        self.console += self._in_session("POST", "/se/log", {"type": "browser"})
        for entry in self._in_session("POST", "/se/log", {"type": "performance"}):
            message = json.loads(entry["message"])["message"]
            if message["method"] == "Network.requestWillBeSent":
                self.requests.append(message["params"]["request"]["url"])


# Text whose contrast with what is behind it is below WCAG AA's 4.5 (3 for large text), as
# "ratio text". Backgrounds are looked up the tree; the page has no background pictures.
LOW_CONTRAST = """
const parse = (colour) => {
  const [r, g, b, a = 1] = colour.match(/[\\d.]+/g).map(Number);
  return {rgb: [r, g, b], alpha: a};
};
const luminance = (rgb) => {
  const [r, g, b] = rgb.map((v) => v / 255)
    .map((v) => v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4);
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
};
const backdrop = (element) => {
  for (let e = element; e; e = e.parentElement) {
    const {rgb, alpha} = parse(getComputedStyle(e).backgroundColor);
    if (alpha > 0) return rgb;
  }
  return [255, 255, 255];
};
const low = [];
const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
while (walker.nextNode()) {
  const element = walker.currentNode.parentElement;
  const text = walker.currentNode.data.trim();
  if (!text || !element.checkVisibility()) continue;
  if (element.closest('.visually-hidden, :disabled')) continue;
  if (element.closest('[aria-hidden="true"]') && !/\\w/.test(text)) continue;
  const style = getComputedStyle(element);
  const [a, b] = [luminance(parse(style.color).rgb), luminance(backdrop(element))];
  const ratio = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
  const size = parseFloat(style.fontSize);
  const large = size >= 24 || (size >= 18.66 && Number(style.fontWeight) >= 700);
  if (ratio < (large ? 3 : 4.5)) low.push(ratio.toFixed(2) + ' ' + text.slice(0, 40));
}
return low;
"""
