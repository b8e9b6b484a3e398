"""The first notebook runs from top to bottom, and what is committed has no outputs."""

import base64
import copy
import io
import json

import nbformat
import pytest
from nbclient import NotebookClient

STORY = """# The Lantern

Mara found a lantern on the beach at dawn. The light in it was green and it never went out.
She followed it to the old ship. Nobody saw her again until spring, when the ice broke.
"""


@pytest.fixture(scope="module")
def notebook(pytestconfig):
    return nbformat.read(pytestconfig.rootpath / "notebooks/first_video.ipynb", as_version=4)


def with_parameters(notebook, **values):
    """Return a copy with a cell after the one tagged ``parameters`` that sets other values."""
    changed = copy.deepcopy(notebook)
    index = next(
        i for i, cell in enumerate(changed.cells) if "parameters" in cell.metadata.get("tags", ())
    )
    lines = [f"{name} = {value!r}" for name, value in values.items()]
    source = "\n".join(["from pathlib import PosixPath", *lines])
    assert all(f"\n{name} = " in f"\n{changed.cells[index].source}" for name in values)
    changed.cells.insert(index + 1, nbformat.v4.new_code_cell(source))
    return changed


def test_it_is_committed_without_outputs(notebook):
    nbformat.validate(notebook)
    for cell in notebook.cells:
        if cell.cell_type == "code":
            assert (cell.outputs, cell.execution_count) == ([], None)


def test_it_runs_and_shows_picture_and_video(notebook, ray_cluster, tmp_path, pytestconfig):
    import av
    from PIL import Image

    story = tmp_path / "lantern.md"
    story.write_text(STORY)
    ready = with_parameters(
        notebook,
        STORY=story,
        OUT=tmp_path / "videos",
        DURATION_S=12,
        CACHE_URL=f"file://{tmp_path}/cache",
        ADDRESS=ray_cluster,
    )
    folder = str(pytestconfig.rootpath / "notebooks")
    client = NotebookClient(ready, timeout=600, resources={"metadata": {"path": folder}})
    outputs = [out for cell in client.execute().cells for out in cell.get("outputs", ())]
    shown = [out.data for out in outputs if out.output_type == "execute_result"]

    (picture,) = [data["image/png"] for data in shown if "image/png" in data]
    assert Image.open(io.BytesIO(base64.b64decode(picture))).size == (540, 960)

    (page,) = [data["text/html"] for data in shown if "text/html" in data]
    embedded = base64.b64decode(page.split("base64,")[1].split('"')[0])
    with av.open(io.BytesIO(embedded)) as video:
        assert {stream.type for stream in video.streams} == {"video", "audio"}
    (made,) = (tmp_path / "videos").glob("*/*.mp4")
    assert made.read_bytes() == embedded

    said = "".join(out.text for out in outputs if out.output_type == "stream")
    assert "The Lantern: " in said
    report = json.loads((made.parent / "report.json").read_text())
    for check in report["checks"]:
        assert f"{check['name']} " in said
    assert f"{report['status']}: {made}" in said
