"""The wheel carries everything: installed into an empty environment it runs the demo."""

import subprocess
import sys
import venv
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent


@pytest.mark.slow
def test_the_wheel_runs_the_demo_in_an_empty_environment(tmp_path: Path) -> None:
    def run(*words: str | Path, where: Path = tmp_path) -> str:
        command = [str(w) for w in words]
        done = subprocess.run(command, cwd=where, capture_output=True, text=True, check=False)  # noqa: S603
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout + done.stderr

    run(sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "-w", tmp_path, ROOT)
    (wheel,) = tmp_path.glob("*.whl")
    venv.create(tmp_path / "env", with_pip=True)
    python = tmp_path / "env" / "bin" / "python"
    run(python, "-m", "pip", "install", "--quiet", f"{wheel}[app,pdf]")
    banimpact = tmp_path / "env" / "bin" / "banimpact"
    assert "report written" in run(banimpact, "demo", "-o", tmp_path / "out")
    assert list((tmp_path / "out").glob("*.xlsx"))
    assert "0 errors" in run(banimpact, "check", "--format", "table")
    code = "from pathlib import Path; import analyzer; p = Path(analyzer.__file__).parent; "
    code += "assert (p / '_app' / 'dashboards' / 'app.py').is_file(); "
    code += "assert (p / '_samples').is_dir()"
    run(python, "-c", code)
