"""Letters become findable: passages, vectors in Chroma, words in SQLite, incremental and crash-safe.

Knows `sources`. `index_folders` writes, `Store` reads, `Embedder` is the model behind one seam.
"""

import os

# torch reads this when it is loaded. Threads that wait in a spin make it up to ten times slower beside other work.
os.environ.setdefault("OMP_WAIT_POLICY", "passive")

from index.embedder import PACKAGED, Embedder
from index.indexer import Report, check_settings, index_folders
from index.passages import Passage, split
from index.store import Hit, Store

__all__ = ["PACKAGED", "Embedder", "Hit", "Passage", "Report", "Store", "check_settings", "index_folders", "split"]
