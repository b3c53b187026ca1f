"""`make demo`: following a dossier, three days long, on a machine without internet; everything is real except the services.

The stand-in (`standin.py`) serves the fictitious dossier 99 001; each step is the command that a user types, printed
above what it says. The papers and the index go to a scratch folder, so that nobody's own are touched.
"""

import os
import subprocess
import sys
import tempfile
from pathlib import Path

from standin import StandIn

ROOT = Path(__file__).parents[1]
NAMES = {
    "base_search": "KAMERVRAAG_KOOP_SEARCH",
    "base_documents": "KAMERVRAAG_KOOP_DOCUMENTS",
    "base_repository": "KAMERVRAAG_KOOP_REPOSITORY",
    "base_odata": "KAMERVRAAG_TK_ODATA",
    "base_feed": "KAMERVRAAG_TK_FEED",
}
COST = "Wat kost het eerste vak bij Oudeveen?"
DAYS = (
    ("Dag 1: het dossier wordt gevolgd en opgehaald", (["follow", "99001"], ["sync"], ["ask", COST])),
    ("Dag 2: nr. 3 is gecorrigeerd, een tijdelijk nummer definitief, en nr. 7 is er alleen bij de Tweede Kamer", (["sync"], ["ask", COST])),
    (
        "Dag 3: de motie onder nr. 4 is ingetrokken, en er zijn nieuwe stukken",
        (["sync"], ["list"], ["references", "kst-99001-7"], ["sync"]),
    ),
)


def main() -> None:
    """Run the three days; exits with the code of the first command that fails."""
    with tempfile.TemporaryDirectory() as home, StandIn(day=1) as standin:
        addresses = {NAMES[name]: url for name, url in (standin.koop | standin.tweedekamer).items()}
        environment = os.environ | addresses | {"KAMERVRAAG_HOME": home}
        for day, (title, commands) in enumerate(DAYS, start=1):
            standin.day = day
            print(f"\n== {title}", flush=True)
            for command in commands:
                shown = " ".join(f'"{part}"' if " " in part else part for part in command)
                print(f"\n$ kamervraag {shown}", flush=True)
                done = subprocess.run([sys.executable, "-m", "cli", *command], cwd=ROOT, env=environment)
                if done.returncode:
                    sys.exit(done.returncode)


if __name__ == "__main__":
    main()
