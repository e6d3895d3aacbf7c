"""Programs with workers: nothing is left when they end, in whatever way, and workers may be started in every way that there is."""
import os
import signal
import subprocess
import sys
import textwrap
import time

import pytest

import flambeau
from flambeau.utils.data import DataLoader, TensorDataset

PROGRAM = """
import os, sys, time
import flambeau
from flambeau.utils.data import DataLoader, Dataset

class Numbers(Dataset):
    def __len__(self): return 1000
    def __getitem__(self, i):
        {body}
        return flambeau.full((50, 50), float(i))

if __name__ == "__main__":
    loader = DataLoader(Numbers(), batch_size=4, num_workers=2, {options})
    batches = iter(loader)
    next(batches)
    print(*[worker.process.pid for worker in batches._team._workers], flush=True)
    {rest}
"""


def run_program(tmp_path, body="", options="", rest=""):
    file = tmp_path / "program.py"
    file.write_text(textwrap.dedent(PROGRAM.format(body=body or "pass", options=options, rest=rest or "pass")))
    return subprocess.Popen([sys.executable, str(file)], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, start_new_session=True,
                            env=os.environ | {"PYTHONPATH": os.pathsep.join(filter(None, [os.getcwd(), os.environ.get("PYTHONPATH")]))})


def alive(pid):
    try:
        os.kill(pid, 0)
        with open(f"/proc/{pid}/stat") as file:
            return file.read().rsplit(")", 1)[1].split()[0] != "Z"
    except (ProcessLookupError, FileNotFoundError):
        return False


def gone_within(pids, seconds):
    end = time.monotonic() + seconds
    while any(map(alive, pids)) and time.monotonic() < end:
        time.sleep(0.05)
    return not any(map(alive, pids))


@pytest.mark.skipif(sys.platform != "linux", reason="looks at /proc")
class TestTheProgramEnds:
    @pytest.mark.parametrize("rest", ["pass", "raise ValueError('stop')", "list(batches)", "sys.exit(3)", "os._exit(0)"])
    def test_by_itself(self, tmp_path, rest):
        program = run_program(tmp_path, rest=rest)
        out, error = program.communicate(timeout=60)
        assert gone_within([int(pid) for pid in out.split()], 8)
        assert error.count("Traceback") == ("raise" in rest), error

    def test_with_persistent_workers(self, tmp_path):
        program = run_program(tmp_path, options="persistent_workers=True")
        out, error = program.communicate(timeout=60)
        assert gone_within([int(pid) for pid in out.split()], 8) and error == "" and program.returncode == 0

    @pytest.mark.parametrize("body", ["pass", "time.sleep(0.2)"])
    def test_by_ctrl_c(self, tmp_path, body):
        program = run_program(tmp_path, body=body, rest="[time.sleep(0.01) for _ in batches]")
        pids = [int(pid) for pid in program.stdout.readline().split()]
        os.killpg(program.pid, signal.SIGINT)
        _, error = program.communicate(timeout=60)
        assert gone_within(pids, 8)
        assert error.count("KeyboardInterrupt") == 1 and error.count("Traceback") == 1, error

    @pytest.mark.parametrize("body", ["pass", "time.sleep(0.2)"])
    @pytest.mark.parametrize("options", ["", "multiprocessing_context='spawn'", "multiprocessing_context='forkserver'"])
    def test_by_a_kill(self, tmp_path, body, options):
        program = run_program(tmp_path, body=body, options=options, rest="time.sleep(60)")
        pids = [int(pid) for pid in program.stdout.readline().split()]
        assert len(pids) == 2 and all(map(alive, pids))
        program.kill()
        program.communicate(timeout=60)
        assert gone_within(pids, 8)
        assert not [name for name in os.listdir("/dev/shm") if "flambeau" in name]


class TestOtherStartMethods:
    @pytest.mark.parametrize("method", ["spawn", "forkserver"])
    def test_give_the_same_batches(self, method):
        data = TensorDataset(flambeau.arange(24000.0).reshape(12, 2000), flambeau.arange(12))
        loader = DataLoader(data, batch_size=5, num_workers=1, multiprocessing_context=method)
        assert [(x[:, 0].tolist(), y.tolist()) for x, y in loader] == [
            ([0.0, 2000.0, 4000.0, 6000.0, 8000.0], [0, 1, 2, 3, 4]), ([10000.0, 12000.0, 14000.0, 16000.0, 18000.0], [5, 6, 7, 8, 9]),
            ([20000.0, 22000.0], [10, 11])]

    def test_lambdas_travel_by_cloudpickle(self):
        pytest.importorskip("cloudpickle", reason="lambdas cannot be sent to a spawned worker without it")
        offset = 5
        loader = DataLoader(range(4), batch_size=2, num_workers=1, multiprocessing_context="spawn",
                            collate_fn=lambda batch: [i + offset for i in batch])
        assert list(loader) == [[5, 6], [7, 8]]

    def test_without_cloudpickle_it_is_told_what_to_do(self, monkeypatch):
        monkeypatch.setitem(sys.modules, "cloudpickle", None)
        loader = DataLoader(range(4), num_workers=1, multiprocessing_context="spawn", collate_fn=lambda batch: batch)
        with pytest.raises(Exception, match="must be picklable.*install cloudpickle.*multiprocessing_context='fork'"):
            iter(loader)


def test_multiprocessing_is_imported_by_workers_only(tmp_path):
    code = ("import sys, flambeau; from flambeau.utils.data import DataLoader; before = 'multiprocessing' in sys.modules\n"
            "list(DataLoader([1, 2])); print(before, 'multiprocessing' in sys.modules)")
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=os.getcwd())
    assert run.stdout.split() == ["False", "False"], run.stderr
