"""The thread team: any size, any number of Python threads, across forks, on crowded machines, and at the end of the process."""
import os
import subprocess
import sys
import textwrap
import threading
from pathlib import Path

import numpy as np
import pytest

import flambeau
from flambeau.backends.llvm import driver, jit, team
from flambeau.backends.llvm.driver import Segment
from flambeau.backends.llvm.host import host, machine_with
from flambeau.backends.llvm.kernel import Scratch, Slot
from tests.backends.llvm.kernels import PARALLEL, axpy, census, shift

ROOT = Path(__file__).resolve().parents[3]
X, Y = Slot(0), Slot(1)
COUNT = 1000
needs_threads = pytest.mark.skipif(os.name == "nt", reason="without pthreads a team is the calling thread")


@pytest.fixture(autouse=True)
def threads():
    """The number of threads is as it was, afterwards."""
    before = flambeau.get_num_threads()
    yield
    flambeau.set_num_threads(before)


def relay(turns, work=PARALLEL):
    """Many kernels, each of which reads what all threads of the one before wrote."""
    kernels = [shift(COUNT, ((X, Y), (Y, X))[k % 2], work) for k in range(2 * turns)]
    return Segment(kernels, {X: (0, 0), Y: (1, 0)}, 2, host())


def relayed(segment, turns):
    """Run `relay(turns)`; compare with NumPy."""
    x = np.random.rand(COUNT)
    expected = np.roll(x, -2 * turns)
    for _ in range(2 * turns):
        expected = expected + 1
    y = np.zeros(COUNT)
    segment.run([x, y])
    np.testing.assert_array_equal(x, expected)


@needs_threads
@pytest.mark.parametrize("size", [1, 2, 3, 5])
def test_every_thread_takes_part(size):
    flambeau.set_num_threads(size)
    out = np.zeros(64, np.int64)
    Segment([census(Scratch(64 * 5), Y)], {Y: (0, 0)}, 1, host()).run([out])
    assert out[63] == size and out[:size].tolist() == list(range(1, size + 1)) and not out[size:63].any()


@pytest.mark.parametrize("size", [1, 2, 3, 5, 2, 1])
def test_kernels_wait_for_each_other(size):
    flambeau.set_num_threads(size)
    segment = relay(50)
    for _ in range(5):
        relayed(segment, 50)


def test_results_do_not_depend_on_the_number_of_threads():
    results = []
    x = np.random.rand(COUNT)
    for size in range(1, 6):
        flambeau.set_num_threads(size)
        y = np.ones(COUNT)
        Segment([axpy(COUNT, 0.1 * k, (X, Y)) for k in range(20)], {X: (0, 0), Y: (1, 0)}, 2, host()).run([x, y])
        results.append(y.tobytes())
    assert len(set(results)) == 1


@needs_threads
def test_a_change_of_size_takes_effect_at_the_next_run():
    segment = Segment([census(Scratch(64), Y)], {Y: (0, 0)}, 1, host())
    for size in (2, 4, 1, 3):
        flambeau.set_num_threads(size)
        out = np.zeros(64, np.int64)
        segment.run([out])
        assert out[63] == size
    assert driver.native().team.size == 3


@needs_threads
def test_no_more_threads_run_than_the_work_is_worth():
    flambeau.set_num_threads(4)
    out = np.zeros(64, np.int64)
    kernel = census(Scratch(64), Y)
    kernel.work = 1.5 * driver.FORK
    segment = Segment([kernel], {Y: (0, 0)}, 1, host())
    segment.run([out])
    assert segment.wanted == out[63] == 2
    kernel.work = 10.0
    Segment([kernel], {Y: (0, 0)}, 1, host()).run([out])
    assert out[63] == 1


def test_two_python_threads_at_once():
    flambeau.set_num_threads(2)
    segment, failures = relay(20), []

    def work():
        try:
            for _ in range(60):
                relayed(segment, 20)
        except BaseException as failure:
            failures.append(failure)

    running = [threading.Thread(target=work) for _ in range(3)]
    for t in running:
        t.start()
    for size in (3, 1, 2):
        flambeau.set_num_threads(size)
        relayed(segment, 20)
    for t in running:
        t.join(timeout=120)
    assert not failures and not any(t.is_alive() for t in running)


@pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork on this system")
@pytest.mark.filterwarnings("ignore:This process .* is multi-threaded:DeprecationWarning")
def test_a_forked_child_has_a_team_of_its_own():
    flambeau.set_num_threads(3)
    segment = relay(20)
    relayed(segment, 20)
    for _ in range(3):
        child = os.fork()
        if child == 0:
            code = 1
            try:
                relayed(segment, 20)
                flambeau.set_num_threads(2)
                relayed(relay(5), 5)
                code = 0 if driver.native().team.size == 2 else 2
            finally:
                os._exit(code)
        assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
        relayed(segment, 20)


@needs_threads
def test_more_threads_than_processors():
    flambeau.set_num_threads(4 * (os.cpu_count() or 1) + 1)
    segment = relay(10)
    for _ in range(3):
        relayed(segment, 10)


@needs_threads
def test_waiting_without_futexes(monkeypatch):
    """What other systems than Linux use; here with short spins, so that threads do sleep."""
    monkeypatch.setattr(team, "has_futex", lambda machine: False)
    monkeypatch.setattr(team, "SPIN_NANOSECONDS", 1)
    monkeypatch.setattr(driver, "_made", [])
    monkeypatch.setattr(team, "_spins", lambda address: 1)
    flambeau.set_num_threads(3)
    segment = relay(50)
    for _ in range(5):
        relayed(segment, 50)
    flambeau.set_num_threads(2)
    relayed(segment, 50)


@pytest.mark.parametrize("triple", ["aarch64-unknown-linux-gnu", "arm64-apple-macosx", "x86_64-apple-macosx", "x86_64-pc-windows-msvc"])
def test_the_driver_compiles_for_other_machines(triple):
    assert len(jit.object_code(driver._write, "driver", machine_with((), triple=triple))) > 1000


@pytest.mark.parametrize("ending", ["", "sys.exit(0)", "os.kill(os.getpid(), 15)", "raise KeyboardInterrupt"])
@pytest.mark.skipif(os.name == "nt", reason="signals of POSIX")
def test_workers_never_hold_up_the_end_of_a_process(ending):
    program = textwrap.dedent(f"""
        import os, sys
        import numpy as np
        import flambeau
        from flambeau.backends.llvm.driver import Segment, native
        from flambeau.backends.llvm.host import host
        from flambeau.backends.llvm.kernel import Slot
        from tests.backends.llvm.kernels import axpy
        flambeau.set_num_threads(3)
        X = Slot(0)
        x = np.ones(1000)
        Segment([axpy(1000, 1.0, (X, X))], {{X: (0, 0)}}, 1, host()).run([x])
        assert (x == 2).all() and native().team.size == 3
        print("ran", flush=True)
        {ending}
    """)
    done = subprocess.run([sys.executable, "-c", program], env=os.environ | {"PYTHONPATH": str(ROOT)}, cwd=ROOT, capture_output=True, text=True, timeout=60)
    assert done.stdout == "ran\n" and done.returncode == {"": 0, "sys.exit(0)": 0, "os.kill(os.getpid(), 15)": -15}.get(ending, -2), done.stderr


@needs_threads
def test_signals_reach_python_s_own_threads():
    program = textwrap.dedent("""
        import os, signal, time
        import numpy as np
        import flambeau
        from flambeau.backends.llvm.driver import Segment
        from flambeau.backends.llvm.host import host
        from flambeau.backends.llvm.kernel import Slot
        from tests.backends.llvm.kernels import axpy
        flambeau.set_num_threads(3)
        X = Slot(0)
        Segment([axpy(1000, 1.0, (X, X))], {X: (0, 0)}, 1, host()).run([np.ones(1000)])
        caught = []
        signal.signal(signal.SIGUSR1, lambda *_: caught.append(1))
        for _ in range(5):
            os.kill(os.getpid(), signal.SIGUSR1)
            time.sleep(0.001)
        blocked = signal.pthread_sigmask(signal.SIG_BLOCK, [])
        assert len(caught) == 5 and not blocked, (caught, blocked)
    """)
    done = subprocess.run([sys.executable, "-c", program], env=os.environ | {"PYTHONPATH": str(ROOT)}, cwd=ROOT, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
