"""What a person's browser does: sign in once, then ask for pages with the session cookie."""

import html
import http.client
import re
from http.cookies import SimpleCookie
from urllib.parse import urlencode

from .fault import Fault

HOST = "app.test"
ORIGIN = f"https://{HOST}"
SESSION = "__Host-vestibule"

# Opening a page in an ordinary browser. Every proxy gets the same.
BROWSER = {
    "User-Agent": "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0",
    "Accept": "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8",
    "Accept-Language": "en-GB,en;q=0.7,de;q=0.3",
    "Accept-Encoding": "gzip, deflate, br, zstd",
    "Upgrade-Insecure-Requests": "1",
    "Sec-Fetch-Dest": "document",
    "Sec-Fetch-Mode": "navigate",
    "Sec-Fetch-Site": "same-origin",
    "Sec-Fetch-User": "?1",
}


def ask(port, path, headers, method="GET", body=None):
    """One request on a connection of its own: status, headers, body."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=20)
    try:
        # The headers are all written here: http.client would add its own Accept-Encoding.
        connection.putrequest(method, path, skip_host=True, skip_accept_encoding=True)
        for name, value in {"Host": HOST, **headers}.items():
            connection.putheader(name, value)
        if body is not None:
            connection.putheader("Content-Length", str(len(body)))
        connection.endheaders(body)
        answer = connection.getresponse()
        return answer.status, answer.headers, answer.read()
    finally:
        connection.close()


class Person:
    """A browser that keeps cookies."""

    def __init__(self, port):
        self._port = port
        self._cookies = {}

    def sign_in(self, name, password):
        """Takes the two steps and returns the session cookie as `name=value`."""
        page = self._open("/.vestibule/sign-in")
        onward = self._send("/.vestibule/sign-in", {"csrf": _csrf(page), "name": name})
        if not onward.endswith("/.vestibule/password"):
            raise Fault(f"after the name the gateway led to {onward}, not to the password")
        page = self._open("/.vestibule/password")
        self._send("/.vestibule/password", {"csrf": _csrf(page), "password": password})
        if SESSION not in self._cookies:
            raise Fault("the password was taken, but no session cookie came")
        return f"{SESSION}={self._cookies[SESSION]}"

    def _open(self, path):
        return self._ask(path, 200, {}, "GET", None)[1].decode()

    def _send(self, path, form):
        typed = {"Origin": ORIGIN, "Content-Type": "application/x-www-form-urlencoded"}
        body = urlencode(form).encode()
        return self._ask(path, 303, typed, "POST", body)[0].get("Location", "")

    def _ask(self, path, expected, more, method, body):
        headers = {**BROWSER, "Accept-Encoding": "identity", **more}
        if self._cookies:
            pairs = (f"{name}={value}" for name, value in self._cookies.items())
            headers["Cookie"] = "; ".join(pairs)
        status, answered, content = ask(self._port, path, headers, method, body)
        if status != expected:
            start = content[:500].decode(errors="replace")
            raise Fault(f"{method} {path} was answered with {status}, not {expected}:\n{start}")
        for line in answered.get_all("Set-Cookie", []):
            for name, morsel in SimpleCookie(line).items():
                if morsel.value and morsel["max-age"] != "0":
                    self._cookies[name] = morsel.value
                else:
                    self._cookies.pop(name, None)
        return answered, content


def _csrf(page):
    found = re.search(r'name="csrf" value="([^"]*)"', page)
    if found is None:
        raise Fault("the page has no hidden csrf field")
    return html.unescape(found.group(1))
