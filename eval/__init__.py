"""How good is it: questions, the benchmark, and what the trained reader was trained on."""

import index as index  # before torch, which `eval.train` loads: it says how torch is to wait
