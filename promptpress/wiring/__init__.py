"""The composition root: settings to services; the only importer of adapters.

======== ============================================================
makers   which adapters exist: literal tables, one line per adapter
services the services of this process, made when first asked for
======== ============================================================
"""

from promptpress.wiring.services import Services, services, use_services

__all__ = ["Services", "services", "use_services"]
