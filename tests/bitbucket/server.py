"""The Bitbucket that all requests meet: its world, its options, its logins."""

from faults import Faults
from login import Logins
from pages import Paging
from rate_limit import RateLimit
from request_log import RequestLog


class Bitbucket:
    def __init__(self, options, world, base_url, folder):
        self.options = options
        self.version = world.version
        self.world = world
        self.base_url = base_url
        self.context = options.context
        self.folder = folder
        self.state = "RUNNING"
        self.paging = Paging(options.page_cap, options.gaps, options.null_next)
        self.logins = Logins(world, options.captcha_after, options.basic_disabled)
        self.faults = Faults()
        self.rate_limit = RateLimit(*options.rate_limit or ())
        self.log = RequestLog()
        self._rows = {}
        self._rows_of = None

    def cached_row(self, key, make):
        """Encoded rows live until the world changes: a page of 1000 repositories costs no time then."""
        if self._rows_of != self.world.generation:
            self._rows, self._rows_of = {}, self.world.generation
        row = self._rows.get(key)
        if row is None:
            row = self._rows[key] = make()
        return row
