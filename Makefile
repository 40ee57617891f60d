# Each target stands by itself: it makes .venv and installs what it needs.
PYTHON ?= python3
BIN := .venv/bin
# Two processes; what shares runs stays in one of them.
PYTEST := -m pytest -q -n 2 --dist loadgroup
REFERENCE := keras-tensorflow
ENVIRONMENTS := $(shell $(PYTHON) -m losses.evidence.environments)
OTHERS := $(filter-out $(REFERENCE),$(ENVIRONMENTS))
# What every other environment runs.
SUITE := tests/test_variants.py tests/test_losses.py tests/test_shapes.py tests/catalog
KERAS ?= 3.10.0
PEERS := monai==1.6.1 segmentation_models_pytorch==0.6.0 torchvision==0.29.2 \
  kornia==0.9.0 kornia_rs==0.2.0 pillow coral_pytorch==1.4.0
export TF_CPP_MIN_LOG_LEVEL := 3
export NO_MKDOCS_2_WARNING := 1

.NOTPARALLEL:
.PHONY: demo test test-full record watch peers stub lint docs prove serve check clean \
  $(ENVIRONMENTS:%=test-%) $(ENVIRONMENTS:%=record-%)

demo: .venv/demo        ## train on real data: wrong beside right
	@$(BIN)/losses demo

test: .venv/test        ## reproduce every mistake, confirm every fix
	@$(BIN)/python $(PYTEST)

test-full: .venv/test   ## all there is; a part of it: SHARD=2/4 make test-full
	@$(BIN)/python $(PYTEST) --full

test-$(REFERENCE): test
test-tf_keras: SUITE := tests/test_variants.py tests/catalog
test-keras-jax test-keras-torch: SUITE += tests/checker tests/test_errors.py \
  tests/test_patterns.py tests/test_several_devices.py
$(OTHERS:%=test-%): test-%: .venv-%/suite  ## the suite in another environment; FULL=1: all
	@.venv-$*/bin/python $(PYTEST) --environment=$* $(FULL:1=--full) $(SUITE)

record: $(ENVIRONMENTS:%=record-%)  ## rewrite what is stale of the evidence; read the diff

record-$(REFERENCE): .venv/test
	@$(BIN)/python -m tests.recording cells $(REFERENCE)
	@$(BIN)/python -m tests.recording documents
	@$(BIN)/python -m tests.recording errors $(REFERENCE)
	@$(BIN)/python -m tests.recording kills
	@$(BIN)/python -m tests.recording guide $(REFERENCE)

record-keras-jax record-keras-torch: record-%: record-errors-%
record-errors-%: .venv-%/suite
	@.venv-$*/bin/python -m tests.recording errors $*

$(OTHERS:%=record-%): record-%: .venv-%/suite
	@.venv-$*/bin/python -m tests.recording cells $*
	@.venv-$*/bin/python -m tests.recording guide $*

watch: .venv-watch-$(KERAS)/keras  ## what another Keras changes: make watch KERAS=3.6.0
	@.venv-watch-$(KERAS)/bin/python -m tests.recording watch
	@$(PYTHON) -m docs.generator watch losses/evidence/data/watch/keras-$(KERAS).json

peers: .venv-peers/peers  ## what other libraries give for the page Many Dice
	@KERAS_BACKEND=torch .venv-peers/bin/python -m tests.recording peers

stub: .venv/test        ## rewrite losses/__init__.pyi, which editors read
	@$(BIN)/python -m losses.source.stub

lint: .venv/dev         ## ruff, as CI runs it: on the fixes of broken variants too
	@$(BIN)/ruff check . && $(BIN)/ruff format --check .
	@rm -rf .cache/mended && $(BIN)/python -m losses.source.mending .cache/mended
	@$(BIN)/ruff check --no-respect-gitignore --ignore F401 .cache/mended
	@$(BIN)/ruff format --check --no-respect-gitignore .cache/mended

docs: .venv-docs/docs   ## build the site into site/, without Keras or TensorFlow
	@PYTHONPATH=. .venv-docs/bin/mkdocs build --strict
	@PYTHONPATH=. .venv-docs/bin/python -m docs.generator check site

prove: .venv-docs/docs  ## build twice, equal to the byte; break the site in twelve ways
	@PYTHONPATH=. .venv-docs/bin/python -m docs.generator prove

serve: .venv-docs/docs  ## read the site at http://127.0.0.1:8000
	@PYTHONPATH=. .venv-docs/bin/mkdocs serve

check: lint docs prove test  ## what CI runs, and make test-keras-jax

clean:
	rm -rf .venv .venv-* site

.venv/%: pyproject.toml
	@test -x $(BIN)/python || $(PYTHON) -m venv .venv
	@echo "installing losses[$*] into .venv (a minute or two, once)"
	@$(BIN)/pip install -q --disable-pip-version-check -e '.[$*]'
	@touch $@

.venv-%/suite: pyproject.toml losses/evidence/environments.py
	@test -x .venv-$*/bin/python || $(PYTHON) -m venv .venv-$*
	@echo "installing what $* runs on into .venv-$* (a minute or two, once)"
	@.venv-$*/bin/pip install -q --disable-pip-version-check -e '.[suite]' \
	  $$($(PYTHON) -m losses.evidence.environments $*)
	@touch $@

# Only Keras differs from the reference environment.
.venv-watch-%/keras: pyproject.toml
	@test -x .venv-watch-$*/bin/python || $(PYTHON) -m venv .venv-watch-$*
	@echo "installing losses with Keras $* into .venv-watch-$* (a minute or two, once)"
	@.venv-watch-$*/bin/pip install -q --disable-pip-version-check -e '.[test]'
	@.venv-watch-$*/bin/pip install -q --disable-pip-version-check --no-deps 'keras==$*'
	@touch $@

# Without what they depend on: their models need another PyTorch, their losses do not.
.venv-peers/peers: pyproject.toml
	@test -x .venv-peers/bin/python || $(PYTHON) -m venv .venv-peers
	@echo "installing losses and its peers into .venv-peers (a minute or two, once)"
	@.venv-peers/bin/pip install -q --disable-pip-version-check -e '.[suite]' \
	  $$($(PYTHON) -m losses.evidence.environments keras-torch)
	@.venv-peers/bin/pip install -q --disable-pip-version-check --no-deps $(PEERS)
	@touch $@

# The package itself is not installed here: it would pull in Keras, and the site must
# build without.
.venv-docs/docs: pyproject.toml
	@test -x .venv-docs/bin/python || $(PYTHON) -m venv .venv-docs
	@.venv-docs/bin/python -c 'import tomllib; print(*tomllib.load(open("pyproject.toml", "rb"))["project"]["optional-dependencies"]["docs"], sep="\n")' > .venv-docs/requirements.txt
	@.venv-docs/bin/pip install -q --disable-pip-version-check -r .venv-docs/requirements.txt
	@touch $@
