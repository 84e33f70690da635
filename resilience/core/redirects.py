"""HTTP redirects, which this project follows nowhere."""

import urllib.request
from typing import Any


class NoRedirect(urllib.request.HTTPRedirectHandler):
    """Makes the redirect itself the answer: following it would send a credential elsewhere, or read a login page."""

    def http_error_302(self, *_: Any) -> None:
        """Follow none, and do not even read where it leads: `http://[` would raise, and leave the answer open."""

    # The library's own type has names for the parameters.
    http_error_301 = http_error_303 = http_error_307 = http_error_308 = http_error_302  # type: ignore[assignment]
