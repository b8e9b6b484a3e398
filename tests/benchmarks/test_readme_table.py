import json

import pytest
import readme_table

PEER = {
    "label": "MoviePy",
    "version": "2.2.1",
    "frames_per_s": 5.25,
    "raypipe_is_faster": 9.52,
    "cpu_ms_per_frame": 170.4,
    "jitter": {"rms_px": 0.781},
    "runs": 2,
}
PEERS = {
    "board": {"scenes": 4, "frames": 300, "fps": 30, "width": 1080, "height": 1920},
    "contestants": {
        "raypipe": PEER | {"label": "raypipe", "version": "1", "frames_per_s": 50.0, "runs": 5},
        "moviepy": PEER,
    },
    "cores_used": 2,
    "cpu": "a processor",
    "date": "2026-11-25",
    "load_before": 0.3,
}
CLIP = {"cpu_ms_per_frame": 12.6, "bit_rate": 7_430_000, "ssim_mean": 0.9738, "ssim_p1": 0.9574}
ROW = {"preset": "superfast", "crf": 22.0, "detailed": CLIP, "calm": CLIP}
QUALITIES = {
    "rows": [
        ROW | {"name": "standard", "quality": "standard"},
        ROW | {"name": "veryfast, crf 22", "quality": ""},
    ]
}
CALL = {
    "machine": {"cores": 2, "cpu": "a processor", "date": "2026-11-25"},
    "load_before": 0.26,
    "overhead": {
        "parts_p50_ms": {"fetching": 0.52},
        "p50_ms": 7.94,
        "bare_p50_ms": 0.4,
        "two_hops_of_ray_p50_ms": 5.9,
        "put_p50_ms": 2.0,
        "calls": 200,
    },
}


MACHINE = {"cores": 2, "cpu": "a processor", "repeats": 3, "date": "2026-11-28"}


@pytest.fixture
def results(tmp_path):
    (tmp_path / "versus_peers.json").write_text(json.dumps(PEERS))
    (tmp_path / "quality_table.json").write_text(json.dumps(QUALITIES))
    return tmp_path


def test_figures_replace_what_stood_between_the_marks(results):
    page = "a\n<!-- versus_peers -->\nold\n<!-- /versus_peers -->\nb\n"
    page += "<!-- quality_table -->\n<!-- /quality_table -->\nc\n"
    new = readme_table.readme(page, results)
    assert "| MoviePy | 5.2 | 9.5 times | 170 | 0.78 px |" in new
    assert "medians of 2 to 5 runs" in " ".join(new.split())
    assert "| standard | 13 | SSIM 0.974 at 7.4 Mbit/s | SSIM 0.974 at 7.4 Mbit/s |" in new
    assert "old" not in new
    assert "veryfast" not in new
    assert new.startswith("a\n")
    assert new.endswith("c\n")
    assert readme_table.readme(new, results) == new


def test_the_page_tells_how_long_the_example_takes():
    case = {"median_s": 30.0, "min_s": 29.04, "max_s": 31.26}
    result = MACHINE | {
        "cases": {"cold": case, "warm": case, "cached": case},
        "encoder_only": {"median_s": 12.0},
    }
    said = readme_table.story(result)
    assert "| from nothing, Ray not running | 29.0 to 31.3 | 2.5 |" in said
    assert "| the encoder alone, for as many frames | 12.0 | 1 |" in said
    assert said.endswith("2 cores (a processor), no GPU, 3 runs each, 2026-11-28.")


@pytest.mark.parametrize("cores", [1, 2])
def test_the_page_tells_what_is_seen_when(cores):
    names = ("first", "edited", "edited_longest", "preview_kept", "preview_mixed", "preview")
    edits = {"scenes": 11, "shares": {name: {"median": 0.195} for name in names}}
    beside = {} if cores == 1 else {"ratio_encoding_on_one_core": {"median": 0.914}}
    rates = {"ratio_stage_to_encoder": {"median": 0.745}} | beside
    machine = MACHINE | {"cores": cores}
    stage = machine | {"by_quality": {"standard": rates, "high": rates}}
    said = readme_table.stage({"edits": machine | edits, "stage": stage})
    assert said.count("| 20 % |") == 6
    assert f"| all {cores} cores encode | 0.74 | 0.74 |" in said
    beside_row = "| one core encodes, the rest is beside it | 0.91 | 0.91 |"
    assert (beside_row in said) == (cores == 2)


def test_the_parts_of_a_call_stand_in_the_page_on_pools(tmp_path):
    (tmp_path / "model_pool.json").write_text(json.dumps(CALL))
    new = readme_table.pools("<!-- model_pool -->\n<!-- /model_pool -->\n", tmp_path)
    assert "| fetching | 0.5 ms |" in new
    assert "| **all, but the engine's own 0.4 ms** | **7.9 ms** |" in new
    assert "200 calls, 2 cores, a processor, 2026-11-25, load before 0.3." in new


def test_a_page_without_the_marks_is_told(results):
    with pytest.raises(SystemExit, match="expected <!-- versus_peers -->"):
        readme_table.readme("no marks", results)


def test_the_docstring_table_is_renewed_and_nothing_else(results):
    old = readme_table.QUALITY.read_text()
    new = readme_table.docstring(old, results)
    assert "standard: superfast, crf 22 13 0.974/0.957 7.4 0.974/0.957 7.4" in " ".join(new.split())
    assert new.partition('"""\n\nfrom')[2] == old.partition('"""\n\nfrom')[2]
    assert readme_table.docstring(new, results) == new


def test_the_projects_own_pages_have_the_marks():
    page = readme_table.README.read_text()
    assert all(page.count(f"<!-- {name} -->") == 1 for name in readme_table.TABLES)


def test_the_page_of_jobs_tells_what_the_stores_take():
    row = {"jobs_per_s": 1234.5, "submits_per_s": 9876.5, "claim_p99_ms": 3.21}
    result = {
        "jobs": 10_000,
        "cores": 2,
        "cpu": "a processor",
        "disk_syncs_per_s": 374.2,
        "sqlite": "3.54.1",
        "redis_server": "v=7.0.15",
        "repeats": 3,
        "date": "2026-11-27",
        "load": 0.24,
        "cases": {"SQLite, 8 at once, folder": row, "SQLite in memory, 8 at once, folder": row},
    }
    said = readme_table.stores(result)
    assert "| SQLite, 8 at once, folder | 1,234 | 9,876 | 3.2 ms |" in said
    assert "in memory" not in said
    assert "a disk that syncs 374 blocks a second" in " ".join(said.split())


def test_the_page_of_jobs_has_its_marks(tmp_path):
    (tmp_path / "job_store.json").write_text((readme_table.RESULTS / "job_store.json").read_text())
    page = readme_table.JOBS.read_text()
    assert readme_table.jobs_page(page, tmp_path) == page
