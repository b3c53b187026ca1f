"""How good is it: questions, the benchmark, and what the trained reader was trained on."""
