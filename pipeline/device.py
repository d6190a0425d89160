"""Where the models run, and in which precision."""

from __future__ import annotations

import logging
import os
import sys
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal, TypeVar

from pipeline.errors import ConfigError

if TYPE_CHECKING:
    import torch

DeviceName = Literal["auto", "cuda", "mps", "cpu"]
DtypeName = Literal["auto", "float32", "float16", "bfloat16"]
T = TypeVar("T")
R = TypeVar("R")
log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Runtime:
    """The wish for a device and a precision; torch is asked only when a model is loaded.

    ``memory`` says whether what was computed once may be kept in the cache folder for other runs, ``briefs`` whether
    the run writes briefs, to which a stage may link.
    """

    device_name: DeviceName = "auto"
    dtype_name: DtypeName = "auto"
    memory: bool = False
    briefs: bool = False

    @property
    def device(self) -> torch.device:
        """CUDA, then MPS, then CPU; a device that is asked for by name and absent is a ConfigError."""
        import torch

        present = {
            "cuda": torch.cuda.is_available(),
            "mps": torch.backends.mps.is_available(),
            "cpu": True,
        }
        if self.device_name == "auto":
            return torch.device(next(name for name, there in present.items() if there))
        if not present[self.device_name]:
            raise ConfigError(f"device: {self.device_name} is not available here; use auto or cpu")
        return torch.device(self.device_name)

    @property
    def on_cpu(self) -> bool:
        """Whether the device is the CPU; torch, which takes a second to import, is asked only where it must be."""
        if self.device_name == "auto" and sys.platform != "darwin":
            import ctranslate2

            if ctranslate2.get_cuda_device_count() == 0:
                return True
        return self.device_name == "cpu" or self.device.type == "cpu"

    @property
    def dtype(self) -> torch.dtype:
        """Half precision on CUDA (bfloat16 where the GPU has it), single precision elsewhere."""
        import torch

        if self.dtype_name != "auto":
            return getattr(torch, self.dtype_name)  # type: ignore[no-any-return]
        if self.device.type != "cuda":
            return torch.float32
        return torch.bfloat16 if torch.cuda.is_bf16_supported() else torch.float16

    def compute_type(self, device: str) -> str:
        """In what CTranslate2 computes there: the wish, else 8-bit integers on a CPU, half precision on a GPU."""
        if self.dtype_name != "auto":
            return self.dtype_name
        return "int8" if device == "cpu" else str(self.dtype).removeprefix("torch.")

    @property
    def fast_half(self) -> torch.dtype | None:
        """The half precision that training gains by here: bfloat16 where the device computes in it, else None."""
        import torch

        if self.device.type == "cuda":
            return torch.bfloat16 if torch.cuda.is_bf16_supported() else None
        # torch knows what the CPU can do from 2.10 on
        capabilities: dict[str, bool] = getattr(torch.cpu, "get_capabilities", dict)()
        has = capabilities.get("avx512_bf16") or capabilities.get("amx_bf16")
        return torch.bfloat16 if self.device.type == "cpu" and has else None

    def describe(self) -> str:
        """Device and precision in words, such as ``cpu float32``."""
        if self.on_cpu:
            return f"cpu {'float32' if self.dtype_name == 'auto' else self.dtype_name}"
        return f"{self.device} {str(self.dtype).removeprefix('torch.')}"


def usable_cores() -> int:
    """Cores that this process may use: ``OMP_NUM_THREADS``, else its affinity and the quota of its cgroup."""
    wish = os.environ.get("OMP_NUM_THREADS", "").split(",")[0]
    if wish.isdigit() and int(wish) > 0:
        return int(wish)
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return max(1, int(min(cores, _cgroup_cores())))


def _cgroup_cores(root: Path = Path("/sys/fs/cgroup")) -> float:
    """The processor time that the container may have, in cores; no limit is infinity."""
    with suppress(OSError, ValueError):  # version 2: "max 100000" or "150000 100000"
        quota, period = (root / "cpu.max").read_text().split()
        return float("inf") if quota == "max" else int(quota) / int(period)
    with suppress(OSError, ValueError):  # version 1: -1 is no limit
        quota, period = ((root / "cpu" / f"cpu.cfs_{name}_us").read_text() for name in ("quota", "period"))
        return int(quota) / int(period) if int(quota) > 0 else float("inf")
    return float("inf")


def halving(run: Callable[[Sequence[T]], list[R]], batch: Sequence[T]) -> list[R]:
    """``run(batch)``; when the device is out of memory, the two halves one after the other.

    A single item that does not fit raises torch's OutOfMemoryError.
    """
    import torch

    try:
        return run(batch)
    except torch.OutOfMemoryError:
        if len(batch) < 2:
            raise
        log.info("out of memory with a batch of %d; halving it", len(batch))
    # outside the except block: the traceback in there still holds the tensors that did not fit
    if torch.cuda.is_available():
        torch.cuda.empty_cache()
    middle = len(batch) // 2
    return halving(run, batch[:middle]) + halving(run, batch[middle:])
