"""A question becomes a cited answer: made whole, searched, read, verified, or declined.

Knows `index` and `sources`. `Kamervraag.ask` is the way in.
"""

from rag.answer import Answer, Citation, Claim, Declined, Draft
from rag.kamervraag import Kamervraag, Settings, Status
from rag.question import Turn
from rag.scope import Filter

__all__ = ["Answer", "Citation", "Claim", "Declined", "Draft", "Filter", "Kamervraag", "Settings", "Status", "Turn"]
