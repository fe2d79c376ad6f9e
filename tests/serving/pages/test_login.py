"""Logging in: what is sent, what is told, and what cannot be got around."""

from __future__ import annotations

import re
from collections.abc import Iterator

import httpx
import pytest

from serving.pages.web import safe_path
from tests.serving.pages.site import Site, phone_of


@pytest.fixture
def client(site: Site) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=site.url, follow_redirects=True) as made:
        yield made


def post(client: httpx.Client, form_at: str, action: str, /, **fields: str) -> httpx.Response:
    """A form of the page at ``form_at``, sent."""
    token = re.search(r'name="token" value="([^"]+)"', client.get(form_at).text)
    assert token is not None
    return client.post(action, data={"token": token[1], **fields})


def test_cookies_are_for_the_server_alone(client: httpx.Client) -> None:
    got = client.get("/")
    cookie = got.headers["set-cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=lax" in cookie
    assert "Secure" not in cookie
    assert "Secure" in httpx.get(f"{client.base_url}/", headers={"x-forwarded-proto": "https"}).headers["set-cookie"]


def test_pages_run_nothing_but_their_own(client: httpx.Client) -> None:
    got = client.get("/")
    policy = got.headers["content-security-policy"]
    assert "script-src 'self';" in policy
    assert "unsafe" not in policy
    assert "<script>" not in got.text
    assert " style=" not in got.text


def test_who_is_not_registered_is_told_the_same(client: httpx.Client, site: Site) -> None:
    known = post(client, "/", "/login", phone=phone_of("EX-09"))
    before = site.last_code()
    unknown = post(client, "/", "/login", phone="+919999999999")
    assert known.status_code == unknown.status_code == 200
    mask = re.compile(r"\+91\*+\d\d|value=\"[^\"]+\"")
    assert mask.sub("", known.text) == mask.sub("", unknown.text)
    assert site.last_code() == before


@pytest.mark.parametrize("phone", ["", "12345", "not a phone", "+9100000000"])
def test_what_is_no_phone(client: httpx.Client, phone: str) -> None:
    got = post(client, "/", "/login", phone=phone)
    assert got.status_code == 422
    assert "This is not a mobile number" in got.text


def test_a_wrong_code_opens_nothing_and_a_right_one_only_once(client: httpx.Client, site: Site) -> None:
    post(client, "/", "/login", phone=phone_of("EX-09"))
    code = site.last_code()
    wrong = post(client, "/login/code", "/login/code", code=f"{(int(code) + 1) % 10**6:06}")
    assert (wrong.status_code, "This code is wrong" in wrong.text) == (422, True)
    right = post(client, "/login/code", "/login/code", code=code)
    assert str(right.url).endswith("/c/EX-09")
    client.cookies.clear()
    post(client, "/", "/login", phone="+919999999999")
    again = post(client, "/login/code", "/login/code", code=code)
    assert "no longer valid" in again.text


def test_a_form_of_another_site_is_refused(client: httpx.Client) -> None:
    client.get("/")
    got = client.post("/login", data={"phone": phone_of("EX-09")})
    assert (got.status_code, "open for too long" in got.text) == (403, True)
    got = client.post("/logout", data={"token": "guessed"})
    assert got.status_code == 403


def test_a_made_up_session_is_nobody(client: httpx.Client) -> None:
    for value in (b"x", b"a.b", b"W10.x", "é.é".encode()):
        got = client.get("/c/EX-09", headers={b"cookie": b"meterocr=" + value})
        assert 'id="phone"' in got.text


def test_many_tries_have_to_wait(client: httpx.Client) -> None:
    codes = [post(client, "/", "/login", phone="+919999999998").status_code for _ in range(12)]
    assert codes[0] == 200
    assert codes[-1] == 429


def test_logging_out(client: httpx.Client, site: Site) -> None:
    post(client, "/", "/login", phone=phone_of("EX-08"))
    post(client, "/login/code", "/login/code", code=site.last_code())
    got = post(client, "/c/EX-08", "/logout")
    assert 'id="phone"' in got.text


def test_only_the_rounds_file_button_lends_its_frame(site: Site) -> None:
    """The label of any other field stays as it is while somebody types."""
    css = httpx.get(f"{site.url}/static/pages.css").text
    assert "label:has(+.hidden:focus-visible)" in css
    assert "label:has(+input" not in css


@pytest.mark.parametrize("key", ["", "mo_000000000000_" + "0" * 64])
def test_keys_that_open_nothing(client: httpx.Client, key: str) -> None:
    got = post(client, "/staff", "/staff", key=key)
    assert (got.status_code, "opens nothing here" in got.text) == (422, True)


@pytest.mark.parametrize("path", ["//evil.example", "https://evil.example", "/\\evil", "", "/a\nb", "/" + "a" * 300])
def test_nobody_is_sent_elsewhere(path: str) -> None:
    assert safe_path(path) == "/"


def test_a_language_stays(client: httpx.Client) -> None:
    got = post(client, "/", "/language/hi", to="/staff")
    assert ('lang="hi"' in got.text, got.url.path) == (True, "/staff")
    assert 'lang="hi"' in client.get("/").text
    assert 'lang="en"' in httpx.get(f"{client.base_url}/", headers={"accept-language": "fr"}).text


def test_files_are_kept_and_nothing_else_is_there(client: httpx.Client) -> None:
    got = client.get("/static/pages.css")
    assert "immutable" in got.headers["cache-control"]
    assert got.headers["content-encoding"] == "gzip"
    for path in ("/static/../web.py", "/static/%2e%2e%2fweb.py", "/static/none.css"):
        assert client.get(path).status_code == 404
