"""Papers come in: files become `Letter`s with text, paragraphs, identity, date, signers and references.

Knows no other room. `read_file` is the way in; `Letter` is what everybody else works with.
"""

from sources.errors import KamervraagError
from sources.folder import SHIPPED_LETTERS, letter_paths
from sources.letter import Identity, Kind, Letter, Paragraph, Sentence, Signer
from sources.reading import read_bytes, read_file

__all__ = [
    "SHIPPED_LETTERS",
    "Identity",
    "KamervraagError",
    "Kind",
    "Letter",
    "Paragraph",
    "Sentence",
    "Signer",
    "letter_paths",
    "read_bytes",
    "read_file",
]
