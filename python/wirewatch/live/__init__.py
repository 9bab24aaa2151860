"""One bounded picture of now, and `wirewatch.live(...)`: listening to an interface.

The name has two uses that belong together: `wirewatch.live("eth0")` starts to listen, and the
modules in this package say what is going on meanwhile. Calling it is documented at
`wirewatch.capture.live`.
"""

from __future__ import annotations

import sys
from types import ModuleType
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from wirewatch.capture import Capture


class _LivePackage(ModuleType):
    """A package that can be called: importing a submodule binds `wirewatch.live` to the package,
    which would otherwise hide the function of that name."""

    def __call__(self, *args: Any, **options: Any) -> Capture:
        from wirewatch.capture import live

        return live(*args, **options)


sys.modules[__name__].__class__ = _LivePackage
