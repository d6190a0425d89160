"""What decodes: CTranslate2, or transformers with torch."""

from __future__ import annotations

from pipeline.catalog import Model
from pipeline.device import Runtime
from pipeline.errors import ConfigError
from pipeline.nmt import Backend, BackendName, Precision


def load_backend(
    model: Model,
    runtime: Runtime,
    *,
    backend: BackendName = "auto",
    precision: Precision = "auto",
    batch_tokens: int | None = None,
) -> Backend:
    """Load a MarianMT checkpoint.

    ``auto``: CTranslate2 with 8-bit integers on a CPU, torch in the runtime's precision elsewhere. ``batch_tokens``
    bounds a batch: source tokens with padding, times the beam; None is what fits the caches of a CPU (measured by
    ``make bench``) or the free memory of a GPU. Raises ModelError when the model cannot be had,
    ConfigError for a precision that a backend does not have.
    """
    if backend == "ctranslate2" or (backend == "auto" and runtime.on_cpu):
        from pipeline.nmt.backends.with_ctranslate2 import CTranslate2Backend

        return CTranslate2Backend(model, *_place(runtime, precision), batch_tokens)
    from pipeline.nmt.backends.with_torch import TorchBackend

    if precision == "int8":
        raise ConfigError("translate.precision: int8 is for ctranslate2 only")
    own_runtime = runtime if precision == "auto" else Runtime(runtime.device_name, precision)
    return TorchBackend.load(model, own_runtime, batch_tokens)


def _place(runtime: Runtime, precision: Precision) -> tuple[str, str]:
    """Device and precision for CTranslate2."""
    device = "cpu" if runtime.on_cpu else runtime.device.type
    if device == "mps":
        raise ConfigError("translate.backend: ctranslate2 does not run on mps; use torch")
    return device, runtime.compute_type(device) if precision == "auto" else precision
