"""A credential goes to https, or to this machine itself, however the address is spelt."""

import pytest

from resilience.core.addresses import safe_for_credentials, without_user


@pytest.mark.parametrize(
    "url",
    [
        "https://a.example",
        "https://a.example:8443/x?y#z",
        "http://127.0.0.1:8080",
        "http://[::1]:1/x",
        "http://localhost",
    ],
)
def test_a_safe_address_is_returned_as_it_is(url: str) -> None:
    assert safe_for_credentials(url) == url


@pytest.mark.parametrize(
    "url",
    [
        *("http://a.example", "HTTP://a.example", "http://10.0.0.1", "http://0.0.0.0", "http://127.0.0.1.a.example"),
        *("http://127.1", "http://2130706433", "http://localhost.a.example", "http://[::ffff:10.0.0.1]"),
    ],
)
def test_plain_http_to_another_machine_is_rejected(url: str) -> None:
    with pytest.raises(ValueError, match=r"would get a credential over plain http; write https://$"):
        safe_for_credentials(url)


@pytest.mark.parametrize(
    "url", ["https://u:PASSWORD@a.example", "https://PASSWORD@a.example", "http://127.0.0.1@a.example"]
)
def test_a_user_in_an_address_is_rejected_and_not_shown(url: str) -> None:
    with pytest.raises(ValueError, match="has a user or a password in it; leave them out") as rejected:
        without_user(url)

    assert "PASSWORD" not in str(rejected.value)


@pytest.mark.parametrize(
    "url",
    [
        *("", "a.example", "//a.example", "ftp://a.example", "https://", "https:///x", "http:127.0.0.1", "http://["),
        *("https://a.example:99999", "https://a.example:0", "https://a b", "https://a\n.example", "https://\udcff"),
        *("http://127.0.0.1\\@a.example", "http://127.0.0.1\t.a.example", "javascript:x"),
    ],
)
def test_what_is_no_address_of_the_web_is_rejected(url: str) -> None:
    with pytest.raises(ValueError, match="is no address of the web"):
        safe_for_credentials(url)
