"""The embedded voice's network, prepared so that its timing is known, steered and repeatable.

The published network draws its own random numbers and keeps the length of each phoneme to itself.
The prepared one takes the numbers and a pace for each phoneme from outside and gives the lengths:

==================  ============================  ==================================================
tensor              shape                         meaning
==================  ============================  ==================================================
``duration_noise``  in, float32 (1, 2, n)         drawn along the phonemes; repeats if too short
``sound_noise``     in, float32 (1, 192, n)       drawn along the frames; repeats if too short
``pace``            in, float32 (1, 1, phonemes)  factor on the length of each phoneme
``frames``          out, float32 (1, 1, phonemes) whole frames that each phoneme got
==================  ============================  ==================================================

Lengths are scaled after the network has rounded them up and then rounded as running sums, so a
pace of 1 gives the voice's own rhythm exactly and a pace of 0.87 a total of 0.87.
"""

from __future__ import annotations

import hashlib
import logging
import os
import tempfile
from importlib import import_module
from pathlib import Path
from typing import Any

from raypipe.errors import EngineUnavailableError
from raypipe.settings import user_cache_dir

_LOG = logging.getLogger(__name__)

GRAPH_VERSION = 1
"""Raised whenever `prepare` gives another network for the same file."""
_PREFIX = "raypipe/"


def load_prepared(model: bytes, cache_dir: Path | None) -> bytes:
    """Return the prepared network for ``model``, from ``cache_dir`` if it lies there intact.

    What is kept there is optimised already, so that it is soon open; it gives the same sound. Any
    number of processes may do this at once: the file is written aside and renamed, and one that
    does not match the SHA-256 in its name is made again. A folder that cannot be written only costs
    the time of preparing again.
    """
    if cache_dir is None:
        return prepare(model)
    runtime = import_part("onnxruntime")
    source = hashlib.sha256(model).hexdigest()[:24]
    stem = f"piper-{source}-v{GRAPH_VERSION}-onnxruntime{runtime.__version__}"
    for path in sorted(cache_dir.glob(f"{stem}-*.onnx")):
        found = _read_intact(path)
        if found is not None:
            return found
    prepared = optimise(prepare(model), runtime)
    _write(cache_dir / f"{stem}-{hashlib.sha256(prepared).hexdigest()}.onnx", prepared)
    return prepared


def import_part(name: str) -> Any:
    """Return a module that speaking takes.

    Raises:
        EngineUnavailableError: its package is not installed.
    """
    try:
        return import_module(name)
    except ImportError as error:
        raise EngineUnavailableError(
            f"the package {error.name}, which speaks with the voice, is not installed",
            remedy='install it with: pip install "raypipe[local]"',
        ) from error


def optimise(network: bytes, runtime: Any) -> bytes:
    """Return ``network`` in ONNX as ``runtime`` (onnxruntime) simplifies it each time it is opened.

    That was three fifths of the time that opening takes. Left out is the last level, which looks at
    the processor: the file may lie in a home that several machines share. Where there is no room
    for the file that it writes, the network is returned as it is.
    """
    options = runtime.SessionOptions()
    options.graph_optimization_level = runtime.GraphOptimizationLevel.ORT_ENABLE_EXTENDED
    options.log_severity_level = 3
    try:
        with tempfile.TemporaryDirectory(prefix="raypipe-") as folder:
            path = Path(folder) / "network.onnx"
            options.optimized_model_filepath = str(path)
            runtime.InferenceSession(network, options, providers=["CPUExecutionProvider"])
            return path.read_bytes()
    except Exception:  # noqa: BLE001 - onnxruntime raises its own kinds, which cannot be named here
        _LOG.info("the prepared voice could not be optimised ahead", exc_info=True)
        return network


def default_cache_dir() -> Path | None:
    """Return the folder of prepared voices: the user's cache, or a private temporary one, or None.

    It lies beside the content store's folder, which counts and prunes all that is inside.
    """
    private = Path(tempfile.gettempdir()) / f"raypipe-voices-{os.getuid()}"
    for folder in (user_cache_dir().with_name("raypipe-voices"), private):
        try:
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            owned = folder.stat().st_uid == os.getuid()  # a temporary folder is anybody's to fill
        except OSError:
            continue
        if owned and os.access(folder, os.W_OK) and not folder.is_symlink():
            return folder
    return None


def prepare(model: bytes) -> bytes:
    """Return ``model``, a VITS network in ONNX as Piper exports it, with the tensors above.

    Raises:
        EngineUnavailableError: onnx is not installed, or this is no such network.
    """
    try:
        onnx: Any = import_module("onnx")
    except ImportError as error:
        raise EngineUnavailableError(
            "the package onnx, which gives the voice exact word times, is not installed",
            remedy='install it with: pip install "raypipe[local]"',
        ) from error
    network = onnx.load_from_string(model)
    nodes = list(network.graph.node)
    draws = [node for node in nodes if node.op_type == "RandomNormalLike"]
    ceils = [node for node in nodes if node.op_type == "Ceil"]
    if len(draws) != 2 or len(ceils) != 1:  # noqa: PLR2004 - durations and sound; one rounding
        raise EngineUnavailableError(
            f"expected a Piper voice that draws random numbers twice and rounds lengths once, "
            f"got {len(draws)} and {len(ceils)}",
            remedy="use a voice exported by piper-tts",
        )
    prepared: list[Any] = []
    for node in nodes:
        if node.op_type == "RandomNormalLike":
            # Inside the graph the duration predictor is the module "dp".
            name = "duration_noise" if node.name.startswith("/dp/") else "sound_noise"
            prepared += _take_noise(onnx.helper, name, node)
        elif node.op_type == "Ceil":
            prepared += _scale_lengths(onnx.helper, node)
        else:
            prepared.append(node)
    del network.graph.node[:]
    network.graph.node.extend(prepared)
    _declare(onnx, network.graph)
    onnx.checker.check_model(network)
    return bytes(network.SerializeToString(deterministic=True))


def _take_noise(make: Any, name: str, draw: Any) -> list[Any]:
    """Read numbers from the input ``name`` where ``draw`` made them up, round and round."""
    own = f"{_PREFIX}{name}/"
    return [
        make.make_node("Shape", [draw.input[0]], [f"{own}shape"], start=2, end=3),
        make.make_node("Squeeze", [f"{own}shape"], [f"{own}length"]),
        make.make_node("Range", [f"{_PREFIX}0", f"{own}length", f"{_PREFIX}1"], [f"{own}range"]),
        make.make_node("Shape", [name], [f"{own}period"], start=2, end=3),
        make.make_node("Mod", [f"{own}range", f"{own}period"], [f"{own}index"]),
        make.make_node("Gather", [name, f"{own}index"], [draw.output[0]], axis=2),
    ]


def _scale_lengths(make: Any, ceil: Any) -> list[Any]:
    """Multiply whole lengths by ``pace`` and round their running sum, not each of them."""
    own = f"{_PREFIX}frames/"
    wanted = ceil.output[0]
    return [
        make.make_node("Ceil", list(ceil.input), [f"{own}whole"], name=ceil.name),
        make.make_node("Mul", [f"{own}whole", "pace"], [f"{own}paced"]),
        make.make_node("CumSum", [f"{own}paced", f"{_PREFIX}axis"], [f"{own}sum"]),
        make.make_node("Round", [f"{own}sum"], [f"{own}ends"]),
        make.make_node("Pad", [f"{own}ends", f"{_PREFIX}shift"], [f"{own}starts"]),
        make.make_node("Sub", [f"{own}ends", f"{own}starts"], ["frames"]),
        make.make_node("Identity", ["frames"], [wanted]),
    ]


def _declare(onnx: Any, graph: Any) -> None:
    make, types = onnx.helper, onnx.TensorProto
    graph.initializer.extend(
        [
            make.make_tensor(f"{_PREFIX}0", types.INT64, [], [0]),
            make.make_tensor(f"{_PREFIX}1", types.INT64, [], [1]),
            make.make_tensor(f"{_PREFIX}axis", types.INT64, [], [2]),
            # One zero in front, and the last one cut off: the start of a phoneme is the end of
            # the one before.
            make.make_tensor(f"{_PREFIX}shift", types.INT64, [6], [0, 0, 1, 0, 0, -1]),
        ]
    )
    graph.input.extend(
        [
            make.make_tensor_value_info("duration_noise", types.FLOAT, [1, 2, "duration_noises"]),
            make.make_tensor_value_info("sound_noise", types.FLOAT, [1, 192, "sound_noises"]),
            make.make_tensor_value_info("pace", types.FLOAT, [1, 1, "phonemes"]),
        ]
    )
    graph.output.append(make.make_tensor_value_info("frames", types.FLOAT, [1, 1, "phonemes"]))


def _read_intact(path: Path) -> bytes | None:
    try:
        content = path.read_bytes()
    except OSError:
        return None
    if hashlib.sha256(content).hexdigest() == path.stem.rpartition("-")[2]:
        return content
    _LOG.warning("a prepared voice in the cache is damaged and will be made again")
    return None


def _write(path: Path, content: bytes) -> None:
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile(dir=path.parent, delete=False) as file:
            try:
                file.write(content)
                file.flush()  # need not reach the disk: a file torn by a crash shows in its hash
                Path(file.name).replace(path)
            except BaseException:
                Path(file.name).unlink(missing_ok=True)
                raise
    except OSError:
        _LOG.info("the prepared voice could not be kept in the cache", exc_info=True)
