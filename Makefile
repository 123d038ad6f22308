# The few commands. Each needs Python 3.11+; the rest is installed into .venv on the first run.
PYTHON ?= python3

.PHONY: demo demo-down test check bench clean

demo:  ## deploys stacks/orders to this machine and calls it
	$(PYTHON) tools/setup.py local && .venv/bin/python -m tools.demo

demo-down:  ## destroys what demo deployed
	@if test -x .venv/bin/python; then .venv/bin/python -m tools.demo down; \
	else echo "nothing to destroy: make demo has not run here"; fi

test:  ## everything that CI runs
	$(PYTHON) tools/setup.py local aws azure gcp test judges && .venv/bin/python -m tools.check

check:  ## the same without tests: ruff, mypy, import contracts
	$(PYTHON) tools/setup.py local aws azure gcp test judges && .venv/bin/python -m tools.check --static

bench:  ## side-by-side measurements, written to benchmarks/results.md
	$(PYTHON) tools/setup.py local aws azure gcp test bench && .venv/bin/python -m benchmarks

clean: demo-down  ## destroys the demo, and removes the virtual environment, the engine and all state
	rm -rf .venv .sls
