"""The included ResNet-18 for servers other than TorchServe: the same code, weights and answers.

FRAMESTORM_WEIGHTS   the state dict, as fixtures/model/make_weights.py writes it
FRAMESTORM_END_S     the server ends by itself after so many seconds (default 600)
"""

import os
import signal
import sys
import threading
from pathlib import Path
from types import SimpleNamespace

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "fixtures" / "model"))

from frames import decode  # noqa: E402
from handler import FrameClassifier  # noqa: E402

__all__ = ["decode", "end_later", "load"]


def load() -> FrameClassifier:
    """The handler of the TorchServe archive with its model, without TorchServe."""
    weights = Path(os.environ["FRAMESTORM_WEIGHTS"]).resolve()
    context = SimpleNamespace(
        system_properties={"model_dir": str(weights.parent)},
        manifest={"model": {"serializedFile": weights.name}},
    )
    classifier = FrameClassifier()
    classifier.initialize(context)
    return classifier


def end_later() -> None:
    """Ends this process and those that it starts some time later, so that no server is left behind."""
    if os.getpgrp() != os.getpid():
        os.setpgrp()
    seconds = float(os.environ.get("FRAMESTORM_END_S", "600"))
    timer = threading.Timer(seconds, os.killpg, (os.getpid(), signal.SIGTERM))
    timer.daemon = True
    timer.start()
