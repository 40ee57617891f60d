# Each target stands by itself: it makes .venv and installs what it needs.
PYTHON ?= python3
BIN := .venv/bin
# The tests that write losses/evidence; the others read it.
RECORD := $(addprefix tests/test_,variants.py claims.py contract.py demo.py)
export TF_CPP_MIN_LOG_LEVEL := 3
export NO_MKDOCS_2_WARNING := 1

.NOTPARALLEL:
.PHONY: demo test evidence lint docs prove serve check clean

demo: .venv/demo        ## train on real data: wrong beside right
	@$(BIN)/losses demo

test: .venv/test        ## reproduce every mistake, confirm every fix
	@$(BIN)/python -m pytest -q

evidence: .venv/test    ## rewrite losses/evidence with what the tests see; read the diff
	@$(BIN)/python -m pytest -q $(RECORD) --evidence=update

lint: .venv/dev         ## ruff, as CI runs it
	@$(BIN)/ruff check . && $(BIN)/ruff format --check .

docs: .venv-docs/docs   ## build the site into site/, without Keras or TensorFlow
	@PYTHONPATH=. .venv-docs/bin/mkdocs build --strict
	@PYTHONPATH=. .venv-docs/bin/python -m docs.generator check site

prove: .venv-docs/docs  ## build twice, equal to the byte; break the site in six ways
	@PYTHONPATH=. .venv-docs/bin/python -m docs.generator prove

serve: .venv-docs/docs  ## read the site at http://127.0.0.1:8000
	@PYTHONPATH=. .venv-docs/bin/mkdocs serve

check: lint test docs prove  ## all that CI does

clean:
	rm -rf .venv .venv-docs site

.venv/%: pyproject.toml
	@test -x $(BIN)/python || $(PYTHON) -m venv .venv
	@echo "installing losses[$*] into .venv (a minute or two, once)"
	@$(BIN)/pip install -q --disable-pip-version-check -e '.[$*]'
	@touch $@

# The package itself is not installed here: it would pull in Keras, and the site must
# build without.
.venv-docs/docs: pyproject.toml
	@test -x .venv-docs/bin/python || $(PYTHON) -m venv .venv-docs
	@.venv-docs/bin/python -c 'import tomllib; print(*tomllib.load(open("pyproject.toml", "rb"))["project"]["optional-dependencies"]["docs"], sep="\n")' > .venv-docs/requirements.txt
	@.venv-docs/bin/pip install -q --disable-pip-version-check -r .venv-docs/requirements.txt
	@touch $@
