"""The GPUs of this machine, told in milliseconds and without importing torch.

The driver's management library answers without opening a CUDA context, so asking takes no device
memory and leaves a process free to fork.
"""

from __future__ import annotations

import ast
import ctypes
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

from raypipe.errors import EngineUnavailableError

_NVML_LIBRARIES = ("libnvidia-ml.so.1", "nvml.dll")
_NAME_BYTES = 96
"""NVML_DEVICE_NAME_V2_BUFFER_SIZE, https://docs.nvidia.com/deploy/nvml-api."""


@dataclass(frozen=True, slots=True)
class Gpu:
    """One GPU: its product name, its memory and what is free of it now, in bytes."""

    name: str
    memory_bytes: int
    free_bytes: int


@dataclass(frozen=True, slots=True)
class GpuSummary:
    """What a model would find here.

    ``torch_version`` is None where torch is not installed, ``torch_cuda`` where it is a build for
    CPUs. ``obstacle`` is one sentence that says why torch cannot use a GPU, empty if it can.
    CUDA_VISIBLE_DEVICES is not considered.
    """

    gpus: tuple[Gpu, ...]
    torch_version: str | None
    torch_cuda: str | None
    obstacle: str

    @property
    def usable(self) -> bool:
        """Whether torch can run on a GPU here."""
        return not self.obstacle


def gpu_summary() -> GpuSummary:
    """Look for GPUs and for a torch that can use them; imports neither torch nor CUDA."""
    gpus, driver_problem = _list_gpus()
    version, cuda = _read_torch()
    if version is None:
        obstacle = "torch is not installed (pip install 'raypipe[models]')"
    elif not gpus:
        obstacle = driver_problem
    elif cuda is None:
        obstacle = f"torch {version} is a build without CUDA"
    else:
        obstacle = ""
    return GpuSummary(gpus, version, cuda, obstacle)


def _read_torch() -> tuple[str | None, str | None]:
    """Return torch's version and the CUDA it was built for, read from its files."""
    spec = find_spec("torch")
    if spec is None or spec.origin is None:
        return None, None
    try:
        tree = ast.parse((Path(spec.origin).parent / "version.py").read_text(encoding="utf-8"))
    except (OSError, SyntaxError):
        return "unknown", None
    found: dict[str, object] = {}
    for node in tree.body:
        target = node.targets[0] if isinstance(node, ast.Assign) else getattr(node, "target", None)
        value = getattr(node, "value", None)
        if isinstance(target, ast.Name) and isinstance(value, ast.Constant):
            found[target.id] = value.value
    cuda = found.get("cuda") or found.get("hip")
    return str(found.get("__version__", "unknown")), str(cuda) if cuda else None


class _Memory(ctypes.Structure):
    _fields_ = (
        ("total", ctypes.c_ulonglong),
        ("free", ctypes.c_ulonglong),
        ("used", ctypes.c_ulonglong),
    )


def _list_gpus() -> tuple[tuple[Gpu, ...], str]:
    """Return the GPUs, or none and the reason."""
    library = _open_library()
    if library is None:
        return (), "no NVIDIA driver is installed"
    if library.nvmlInit_v2() != 0:
        return (), "the NVIDIA driver does not answer"
    try:
        count = ctypes.c_uint()
        library.nvmlDeviceGetCount_v2(ctypes.byref(count))
        gpus = tuple(_read_gpu(library, index) for index in range(count.value))
    except EngineUnavailableError as error:
        return (), error.problem
    finally:
        library.nvmlShutdown()
    return gpus, "" if gpus else "the NVIDIA driver sees no GPU"


def _open_library() -> ctypes.CDLL | None:
    for name in _NVML_LIBRARIES:
        try:
            return ctypes.CDLL(name)
        except OSError:
            continue
    return None


def _read_gpu(library: ctypes.CDLL, index: int) -> Gpu:
    handle = ctypes.c_void_p()
    name = ctypes.create_string_buffer(_NAME_BYTES)
    memory = _Memory()
    status = (
        library.nvmlDeviceGetHandleByIndex_v2(index, ctypes.byref(handle)),
        library.nvmlDeviceGetName(handle, name, _NAME_BYTES),
        library.nvmlDeviceGetMemoryInfo(handle, ctypes.byref(memory)),
    )
    if any(status):
        raise EngineUnavailableError(f"GPU {index} does not answer: NVML status {status}")
    return Gpu(name.value.decode(errors="replace"), int(memory.total), int(memory.free))
