"""Where the shipped models and configurations lie: in the checkout, or inside the installed package."""

import os
from pathlib import Path

_PACKAGE = Path(__file__).resolve().parent
_ROOT = _PACKAGE / "shipped" if (_PACKAGE / "shipped").is_dir() else _PACKAGE.parent

MODELS = _ROOT / "models"
CONFIGS = _ROOT / "configs"
WORK_FOLDER = ".polderbrief"  # in an output folder: the committed shards and what they were made with


def cache_folder() -> Path:
    """Where polderbrief keeps what it can make again: ``$XDG_CACHE_HOME/polderbrief`` or ``~/.cache/polderbrief``."""
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "polderbrief"
