"""The composition root: settings to services; the only importer of adapters.

========== ===========================================================
generators what makes pictures: a literal table, one line per adapter
stores     what keeps them: the same
channels   where posts go: the same
queues     where posts wait and events are kept: by the scheme of a URL
makers     which of them the settings choose, and what they lack
services   the services of this process, made when first asked for
edits      what a person changes of a post, held against what is set up
========== ===========================================================
"""

from promptpress.wiring.services import Services, services, use_services

__all__ = ["Services", "services", "use_services"]
