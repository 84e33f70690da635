"""HTTP redirects, which this project follows nowhere."""

import urllib.request
from typing import Any


class NoRedirect(urllib.request.HTTPRedirectHandler):
    """Makes the redirect itself the answer: following it would send a credential elsewhere, or read a login page."""

    def redirect_request(self, *_: Any) -> None:
        """Follow none."""
