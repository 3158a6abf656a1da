"""Tasks shared among processes: answers in order, and both processes at work at once."""

import multiprocessing
import os
import time
from pathlib import Path

import pytest

from analyzer.resolve.forks import in_processes

pytestmark = pytest.mark.skipif(
    "fork" not in multiprocessing.get_all_start_methods(), reason="the system cannot fork"
)
MORE_THAN_A_PIPE_HOLDS = 1 << 18  # bytes


def test_answers_come_in_the_order_of_the_tasks():
    assert in_processes(lambda n: n * n, range(7), 3) == [n * n for n in range(7)]


def test_a_process_does_not_wait_for_its_answers_to_be_read(tmp_path: Path):
    done = tmp_path / "done"
    here = os.getpid()

    def work(task: int) -> tuple[bool, bytes]:
        if os.getpid() != here and task == 5:
            done.touch()
        if task == 4:  # the caller's last; the other process needs no reader to get to its own
            for _ in range(200):
                if done.exists():
                    break
                time.sleep(0.05)
        return done.exists(), b"x" * MORE_THAN_A_PIPE_HOLDS

    answers = in_processes(work, range(6), 2)
    assert answers[4][0]
    assert all(len(text) == MORE_THAN_A_PIPE_HOLDS for _, text in answers)


def test_a_process_that_dies_is_an_error():
    here = os.getpid()

    def work(task: int) -> int:
        if os.getpid() != here:
            os._exit(1)
        return task

    with pytest.raises(RuntimeError, match="before it had answered"):
        in_processes(work, range(4), 2)
