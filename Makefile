# Two commands: `make demo` runs the quickstart, `make test` runs everything. Each works alone on a fresh machine that
# has make and a Python 3.10 to 3.13; PYTHON=... chooses one for a new .venv. `make help` lists the rest.

VENV := .venv
BIN := $(VENV)/bin
UV := $(BIN)/uv
# uv does not read pip's configuration: an index of one's own is handed on.
INDEX = index=$${PIP_INDEX_URL:-$$($(BIN)/pip config get global.index-url 2>/dev/null)}; \
	[ -z "$$index" ] || export UV_DEFAULT_INDEX="$$index"
INSTALL = $(INDEX); $(UV) pip install --quiet --python $(BIN)/python --constraint constraints.txt
NOTEBOOKS := $(wildcard notebooks/*.ipynb)
PURE := definitions cells plan

# Quiet, and never waiting for an answer.
export PIP_DISABLE_PIP_VERSION_CHECK := 1
export PIP_NO_INPUT := 1

.PHONY: help demo test lint package notebooks notebooks-refresh coverage browser unit contracts others kernels bench constraints clean
.DELETE_ON_ERROR:

help:
	@echo "make demo               run the quickstart notebook headless and say how to open it"
	@echo "make test               everything below, up to and including unit"
	@echo "make lint               ruff, mypy --strict, import-linter"
	@echo "make package            python -m build"
	@echo "make notebooks          run the notebooks and compare their outputs"
	@echo "make coverage           pytest of definitions, cells and plan, which reaches more than 95 % of their branches"
	@echo "make browser            the panel in a real JupyterLab and Chromium"
	@echo "make unit               pytest: contracts (every engine) and all others, both at once"
	@echo "make kernels            the quickstart on older and newer kernels (needs several Pythons)"
	@echo "make notebooks-refresh  run the notebooks and save their outputs"
	@echo "make bench              the benchmarks; nothing is asserted"
	@echo "make constraints        resolve constraints.txt again"
	@echo "make clean              remove .venv and what was generated; workspaces (.azml) stay"

# Set-up: one stamp for the environment, one for each group, so that a second run installs nothing. -------------------

$(VENV)/.made:
	@python=$$(.ci/find-python) && echo "making $(VENV) with $$python" && "$$python" -m venv --clear $(VENV)
	@$(BIN)/python -m pip install -qq --constraint constraints.txt uv
	@touch $@

$(VENV)/.demo: $(VENV)/.made pyproject.toml constraints.txt
	@echo "installing what the quickstart needs"
	@$(INSTALL) --editable '.[notebook]' --group quickstart
	@touch $@

$(VENV)/.test: $(VENV)/.made pyproject.toml constraints.txt
	@echo "installing what the tests need"
	@$(INSTALL) --editable . --group dev
	@touch $@

# The two commands. ----------------------------------------------------------------------------------------------------

demo: $(VENV)/.demo
	@$(BIN)/python notebooks/run.py demo notebooks/01-quickstart.ipynb

# The last line printed is pytest's summary of the main run, so that one comes last.
test:
	@$(MAKE) --no-print-directory lint
	@$(MAKE) --no-print-directory package
	@$(MAKE) --no-print-directory notebooks
	@$(MAKE) --no-print-directory coverage
	@$(MAKE) --no-print-directory browser
	@$(MAKE) --no-print-directory unit

# Their parts. ---------------------------------------------------------------------------------------------------------

lint: $(VENV)/.test
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

package: $(VENV)/.test
	@rm -rf dist
	$(BIN)/python -m build --installer uv --outdir dist > dist.log 2>&1 || (cat dist.log; rm -f dist.log; exit 1)
	@tail -n 1 dist.log; rm -f dist.log

# Each in a folder and so a workspace of its own: versions start at 1, and lists hold what the notebook itself made.
# Notebooks that this machine cannot run are left out with a reason; AZML_REQUIRE=docker makes that a failure.
notebooks: $(VENV)/.test
	@work=$$(mktemp -d) && trap 'rm -rf "$$work"' EXIT && \
	runnable=$$($(BIN)/python notebooks/run.py select $(NOTEBOOKS)) && \
	for notebook in $$runnable; do folder="$$work/$$(basename "$$notebook" .ipynb)"; mkdir "$$folder" && cp "$$notebook" "$$folder"; done && \
	env -u AZML_WORKSPACE $(BIN)/python -m pytest -q -p tests.notebooks.usage_error_guard -p no:cacheprovider \
	    --nbval --nbval-current-env --rootdir "$$work" --override-ini addopts= "$$work"

# The stages that touch nothing: there, every branch can be reached by a test of its own.
coverage: $(VENV)/.test
	$(BIN)/python -m pytest -q --cov --cov-report= $(PURE:%=tests/unit/%)
	@$(BIN)/python -m coverage json -q -o - | $(BIN)/python .ci/check_branches.py $(PURE)

# Alone, because a page that shares the processors with the other tests is slow in ways that no user meets.
browser: $(VENV)/.test
	$(BIN)/python -m pytest -p no:cacheprovider tests/browser

# Both halves wait for processes and containers more than they compute, so they run at once, each with its output in one
# piece where this make can.
unit: $(VENV)/.test
	@$(MAKE) --no-print-directory --jobs 2 $(if $(filter output-sync,$(.FEATURES)),--output-sync=target) contracts others

contracts: $(VENV)/.test
	$(BIN)/python -m pytest -p no:cacheprovider tests/contracts

others: $(VENV)/.test
	$(BIN)/python -m pytest --ignore tests/contracts --ignore tests/browser $(PURE:%=--ignore tests/unit/%)

kernels: $(VENV)/.test
	$(BIN)/nox --session kernels

bench: $(VENV)/.test
	@for script in benchmarks/*.py; do echo "== $$script"; $(BIN)/python "$$script" || exit 1; done

notebooks-refresh: $(VENV)/.test
	@for notebook in $(NOTEBOOKS); do $(BIN)/python notebooks/run.py refresh "$$notebook" || exit 1; done

# Resolved for every Python from 3.10 on at once, with markers where they differ; no addresses and no hashes.
constraints: $(VENV)/.made
	$(INDEX); $(UV) pip compile --quiet --universal --upgrade --python-version 3.10 --no-header --no-annotate \
	    --no-emit-index-url --no-emit-find-links --extra notebook --group dev pyproject.toml --output-file constraints.txt

clean:
	rm -rf $(VENV) dist build *.egg-info .coverage .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache .nox .benchmarks
