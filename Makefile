# make demo      two telephones talk, on the simulated board; installs what is missing
#                (DEMO="--driver ag1171": on another line circuit; DEMO="--dial rotary": by pulses)
# make check     every check and test, as CI runs it
# make help      the rest
PY := .venv/bin/python
# Every gateway that a test starts would compile each module anew where the environment says so.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: help demo check test lint compiled check-compiled docs kernel-lab overlay-boot interop dtmf echo soak mutate bench bench-whole fresh lock install uninstall clean

help:
	@echo 'make demo       two telephones on the simulated board register, ring and talk'
	@echo 'make check      format, lint, types, import contracts, tests'
	@echo 'make test       the tests alone        make lint   everything but the tests'
	@echo 'make compiled   the SIP core as machine code, of the same source (some minutes); make check-compiled tests that'
	@echo 'make docs       the generated pages anew, and what documents show of programs (3 minutes)'
	@echo 'make interop    the tests against Kamailio, SIPp, baresip, PJSUA2 and Sippy alone'
	@echo 'make kernel-lab the driver stack over real devices in a Linux kernel built for it (once, 10 to 25 minutes)'
	@echo 'make interop-full  the same, and what takes minutes of real time each'
	@echo 'make overlay-boot the device-tree overlays under QEMU: which devices appear (100 MB to fetch, once)'
	@echo 'make fuzz       what reads the network against a coverage-guided fuzzer (ten minutes)'
	@echo 'make mutate     whether tests notice changed code: ROOM=firmware/sip/sdp.py MUTATE="--sample 50 --tests tests/sip"'
	@echo 'make soak       whole gateways live for hours in simulated time: SOAK="--worlds 20000 --record", "--resume"'
	@echo 'make dtmf       limits of the DTMF receiver, and an hour of speech without digits'
	@echo 'make echo       what the echo canceller leaves, after the methods of G.168'
	@echo 'make bench      figures into benchmarks/RESULTS.md   make bench-whole   jitter and echo over minutes'
	@echo 'make fresh      demo and check from a clone in bare Debian 12 and 13 (slow, root)'
	@echo 'make lock       pin the dependencies anew'
	@echo 'make install    into /opt/tipring, with the systemd unit (root)'
	@echo 'make uninstall  takes it away again; /etc/tipring stays'

demo:
	@tools/setup.sh demo
	@$(PY) -m firmware demo $(DEMO)

check: lint test

lint:
	@tools/setup.sh check
	$(PY) -m ruff format --check .
	$(PY) -m ruff check .
	$(PY) -m mypy
	.venv/bin/lint-imports

# Virtual time knows no hurry: those tests share the cores, and who is done takes over from who is not. What runs in real time mostly waits for
# tones and timers: three of them fit on two cores.
# A busy machine can still starve a voice of its 20 ms: what failed beside others runs once more with
# nothing beside it, and then it counts. A run that broke off without saying what failed stays failed.
ALONE = [ $$? = 1 ] && echo 'once more, alone:' && $(PY) -m pytest -q --last-failed --last-failed-no-failures none

test:
	@tools/setup.sh check
	@tools/device-trees.sh >/dev/null || true
	@$(PY) -m compileall -qq drivers firmware || true # where nothing may be written it is only slower
	$(PY) -m pytest -q -n auto --dist worksteal -m 'not wire and not interop and not kernel'
	$(PY) -m pytest -q -n 3 --dist loadfile -m '(wire or kernel) and not slow' || { $(ALONE) -m '(wire or kernel) and not slow'; }
	$(PY) -m pytest -q -n 3 --dist loadfile -m 'interop and not slow' || { $(ALONE) -m 'interop and not slow'; }

compiled:
	@tools/setup.sh compile
	@$(PY) -W ignore tools/compile.py

check-compiled:
	@tools/setup.sh check
	@$(MAKE) --no-print-directory compiled
	TIPRING_COMPILED=must $(PY) -m pytest -q -n auto tests/compiled tests/sip tests/flows tests/hostile tests/simulation

docs:
	@tools/setup.sh check
	$(PY) -m tests.docs.record
	UPDATE_GOLDEN=1 $(PY) -m pytest -q tests/docs/test_pages.py

kernel-lab:
	@tools/setup.sh kernel-lab
	@tools/kernel-lab/build.sh
	$(PY) -m pytest -m kernel -v tests/kernel_lab

overlay-boot:
	@tools/overlay-boot.sh

interop:
	@tools/setup.sh check
	$(PY) -m pytest -n 3 --dist loadfile -m 'interop and not slow' -v

interop-full:
	@tools/setup.sh check
	$(PY) -m pytest -n 3 --dist loadfile -m interop -v

dtmf:
	@tools/setup.sh check
	$(PY) -W ignore -m tests.dtmf

echo:
	@tools/setup.sh check
	$(PY) -W ignore -m tests.media.echo_report

fuzz:
	@tools/setup.sh check
	$(PY) -m tests.fuzz
	HOSTILE_STRIDE=1 HOSTILE_EXAMPLES=2000 $(PY) -m pytest -q --timeout 900 tests/hostile

mutate:
	@tools/setup.sh check
	$(PY) tools/mutate.py $(MUTATE) $(ROOM)

soak:
	@tools/setup.sh check
	$(PY) -m tests.simulation $(SOAK)

# Minutes: parts are shortened where they would not fit.
WITHIN := 16
bench:
	@tools/setup.sh check
	@$(MAKE) --no-print-directory compiled
	$(PY) -m benchmarks --within $(WITHIN)

# Half an hour, on a machine that does nothing else.
bench-whole:
	@tools/setup.sh check
	$(PY) -m benchmarks --whole

fresh:
	tools/fresh.sh bookworm trixie

# Markers instead of one machine's choice, hashes instead of trust, no index addresses.
LOCK := --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-annotate \
        --custom-compile-command 'make lock' --no-config -q pyproject.toml
lock:
	@tools/setup.sh check
	$(PY) -m pip install -q uv
	.venv/bin/uv pip compile $(LOCK) --extra pi -o requirements.lock
	.venv/bin/uv pip compile $(LOCK) --group dev -c requirements.lock -o requirements-dev.lock
	.venv/bin/uv pip compile $(LOCK:pyproject.toml=) --group compile -c requirements-dev.lock -o requirements-compile.lock

install:
	systemd/install.sh

uninstall:
	systemd/uninstall.sh

clean:
	rm -rf .venv .mypy_cache .ruff_cache .pytest_cache .hypothesis build dist firmware/_sip-*.so
