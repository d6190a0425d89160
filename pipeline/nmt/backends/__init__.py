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
    batch_tokens: int = 4096,
) -> Backend:
    """Load a MarianMT checkpoint.

    ``auto``: CTranslate2 with 8-bit integers on a CPU, torch in the runtime's precision elsewhere. ``batch_tokens``
    bounds a batch: source tokens with padding, times the beam. Raises ModelError when the model cannot be had,
    ConfigError for a precision that a backend does not have.
    """
    kind = runtime.device.type
    if backend == "ctranslate2" or (backend == "auto" and kind == "cpu"):
        from pipeline.nmt.backends.with_ctranslate2 import CTranslate2Backend

        if kind == "mps":
            raise ConfigError("translate.backend: ctranslate2 does not run on mps; use torch")
        if precision == "auto":
            own = runtime.dtype_name != "auto" or kind == "cuda"
            precision = str(runtime.dtype).removeprefix("torch.") if own else "int8"  # type: ignore[assignment]
        return CTranslate2Backend(model, kind, precision, batch_tokens)
    from pipeline.nmt.backends.with_torch import TorchBackend

    if precision == "int8":
        raise ConfigError("translate.precision: int8 is for ctranslate2 only")
    own_runtime = runtime if precision == "auto" else Runtime(runtime.device_name, precision)
    return TorchBackend.load(model, own_runtime, batch_tokens)
