"""What errors of torch mean, by the messages that its allocators and CUDA give."""

import subprocess
import sys

import pytest

from raypipe.device import is_device_lost, is_out_of_memory

torch = pytest.importorskip("torch")

SHORTAGES = [
    torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 20.00 MiB."),
    torch.AcceleratorError("CUDA error: out of memory\nCompile with `TORCH_USE_CUDA_DSA`"),
    RuntimeError("CUDA error: CUBLAS_STATUS_ALLOC_FAILED when calling `cublasCreate(handle)`"),
    RuntimeError("cuDNN error: CUDNN_STATUS_ALLOC_FAILED"),
    RuntimeError("[enforce fail] DefaultCPUAllocator: can't allocate memory: you tried 9 GB"),
    MemoryError(),
]
LOSSES = [
    torch.AcceleratorError("CUDA error: an illegal memory access was encountered"),
    torch.AcceleratorError("CUDA error: device-side assert triggered"),
    RuntimeError("CUDA error: CUBLAS_STATUS_EXECUTION_FAILED when calling `cublasGemmEx(...)`"),
    RuntimeError("cuDNN error: CUDNN_STATUS_EXECUTION_FAILED"),
]


@pytest.mark.parametrize("error", SHORTAGES, ids=str)
def test_a_lack_of_memory_is_told_and_leaves_the_device_usable(error):
    assert is_out_of_memory(error)
    assert not is_device_lost(error)


@pytest.mark.parametrize("error", LOSSES, ids=str)
def test_a_device_that_failed_is_lost_to_its_process(error):
    assert is_device_lost(error)
    assert not is_out_of_memory(error)


@pytest.mark.parametrize(
    "error", [RuntimeError("mat1 and mat2 shapes cannot be multiplied"), ValueError("CUDA error:")]
)
def test_other_errors_are_neither(error):
    assert not is_out_of_memory(error)
    assert not is_device_lost(error)


BREAK = """
import torch
from raypipe.device import is_device_lost, is_out_of_memory
try:
    torch.empty(1 << 50, device="cuda")
except RuntimeError as error:
    assert is_out_of_memory(error), error
try:
    torch.zeros(1, device="cuda")[torch.tensor([9], device="cuda")].cpu()
except RuntimeError as error:
    assert is_device_lost(error), error
try:
    torch.zeros(1, device="cuda").cpu()
except RuntimeError as error:
    print("lost for good:", is_device_lost(error))
"""


@pytest.mark.gpu
def test_a_broken_context_stays_broken():
    ran = subprocess.run(
        [sys.executable, "-c", BREAK], capture_output=True, text=True, timeout=120, check=False
    )
    assert ran.stdout.strip() == "lost for good: True", ran.stderr
