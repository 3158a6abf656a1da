"""Independent tasks shared among forked processes."""

import gc
import multiprocessing
from collections.abc import Callable, Sequence
from multiprocessing.connection import Connection
from typing import TypeVar

Task = TypeVar("Task")
Answer = TypeVar("Answer")


def in_processes(
    work: Callable[[Task], Answer], tasks: Sequence[Task], workers: int
) -> list[Answer]:
    """Return the answer to each task, in the order of the tasks.

    One worker, one task, or a system that cannot fork: everything happens here. Forking shares what
    `work` refers to without copying it. A process hands over its answers together: a pipe holds
    less than one of them, and whoever writes one must wait until it is read.

    Raises
    ------
    RuntimeError
        When a process dies before it has answered.
    """
    workers = min(workers, len(tasks))
    if workers < 2 or "fork" not in multiprocessing.get_all_start_methods():
        return [work(task) for task in tasks]
    context = multiprocessing.get_context("fork")
    running = []
    for share in range(workers):
        here, there = context.Pipe(duplex=False)
        process = context.Process(target=_answer, args=(work, tasks[share::workers], there))
        process.start()
        there.close()
        running.append((share, process, here))
    answers: dict[int, Answer] = {}
    for share, process, here in running:
        try:
            answers.update(zip(range(share, len(tasks), workers), here.recv(), strict=True))
        except EOFError:
            raise RuntimeError("a worker process ended before it had answered") from None
        finally:
            here.close()
            process.join()
    return [answers[at] for at in range(len(tasks))]


def _answer(work: Callable[[Task], Answer], tasks: Sequence[Task], there: Connection) -> None:
    gc.disable()  # what a process makes it needs to its end, which is near
    there.send([work(task) for task in tasks])
    there.close()
