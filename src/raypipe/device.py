"""The device that a model runs on, and what is wrong when it is not there."""

from __future__ import annotations

import gc
from typing import Protocol, runtime_checkable

from raypipe.errors import EngineUnavailableError

_SHORTAGES = (
    "out of memory",
    "can't allocate memory",
    "CUBLAS_STATUS_ALLOC_FAILED",
    "CUDNN_STATUS_ALLOC_FAILED",
)
_LOSSES = ("CUDA error:", "CUBLAS_STATUS_EXECUTION_FAILED", "CUDNN_STATUS_EXECUTION_FAILED")


@runtime_checkable
class OnDevice(Protocol):
    """An engine that computes on a device of torch."""

    device: str
    """``cpu``, ``cuda`` or ``cuda:<n>``."""


def find_device(wanted: str) -> str:
    """Return ``cpu``, ``cuda`` or ``cuda:<n>``; ``auto`` takes the GPU where there is one.

    Raises:
        EngineUnavailableError: torch is not installed, or there is no such GPU.
    """
    try:
        import torch
    except ImportError as error:
        raise missing_package(error) from None
    if wanted == "auto":
        return "cuda" if torch.cuda.is_available() else "cpu"
    if wanted == "cpu":
        return wanted
    count = torch.cuda.device_count() if torch.cuda.is_available() else 0
    kind, _, number = wanted.partition(":")
    if kind != "cuda" or (number and not number.isdigit()):
        raise EngineUnavailableError(
            f"expected the device auto, cpu, cuda or cuda:<n>, got {wanted!r}",
            remedy="use auto",
        )
    if int(number or 0) >= count:
        raise EngineUnavailableError(
            f"the device {wanted} was asked for, but torch {torch.__version__} sees "
            f"{count or 'no'} GPU{'s' if count > 1 else ''} here",
            remedy="use the device auto or cpu, or start on a node with a GPU, its driver and a "
            "CUDA build of torch",
        )
    return wanted


def name_device(device: str) -> str:
    """Return the device for people: a GPU with its index and name, ``cuda:0 NVIDIA H100``."""
    if not device.startswith("cuda"):
        return device
    import torch

    index = torch.device(device).index
    index = torch.cuda.current_device() if index is None else index
    return f"cuda:{index} {torch.cuda.get_device_name(index)}"


def gpu_memory(device: str) -> tuple[int, int]:
    """Return bytes taken on a GPU, by all processes, and bytes it has; zeros for another device."""
    if not device.startswith("cuda"):
        return 0, 0
    import torch

    free, total = torch.cuda.mem_get_info(torch.device(device))
    return total - free, total


def free_memory(device: str) -> None:
    """Give back what nothing refers to any more."""
    import torch

    gc.collect()
    if device != "cpu":
        torch.cuda.empty_cache()


def is_out_of_memory(error: BaseException) -> bool:
    """Whether an error means that the memory of the device or the machine is too small."""
    import torch

    # The CPU allocator of torch, cuBLAS and cuDNN raise a plain RuntimeError.
    return isinstance(error, torch.OutOfMemoryError | MemoryError) or (
        isinstance(error, RuntimeError) and any(each in str(error) for each in _SHORTAGES)
    )


def is_device_lost(error: BaseException) -> bool:
    """Whether an error means that CUDA will refuse all that this process asks of it from now on.

    An illegal access, a failed assertion or a fault of the hardware leave the context of the
    process unusable (https://docs.nvidia.com/cuda/cuda-driver-api, the results that ask for the
    process to be terminated and relaunched); only a new process gets a new one.
    """
    import torch

    if is_out_of_memory(error):
        return False
    return isinstance(error, torch.AcceleratorError) or (
        isinstance(error, RuntimeError) and any(each in str(error) for each in _LOSSES)
    )


def missing_package(error: ImportError) -> EngineUnavailableError:
    """Return the error for a node without the packages of a model."""
    return EngineUnavailableError(
        f"the package {error.name or error} is not installed",
        remedy="pip install 'raypipe[models]' on every node that runs models",
    )
