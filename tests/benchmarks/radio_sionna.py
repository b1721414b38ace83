"""Our radio maps beside Sionna RT's on the same buildings, in one run: CPU seconds, wall seconds and difference.

    python tests/benchmarks/radio_sionna.py [--folder DIR] [--samples 4000000] [--depth 10] [SCENE ...]

Sionna RT and LLVM 19 are installed into DIR (kept if given, else a temporary folder), apart from the project: the first with
pip into a venv of its own, the second unpacked from Debian's libllvm19 without installing it. Where that cannot be done, the
script says so and ends with 1. SCENE is `gym`, `community` (of ../shared/reference/radio) or one of our own: see `SCENES`.
"""

from __future__ import annotations

import argparse
import importlib.util
import json
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable

    from floorplans.plan import FloorPlan
    from wifiplan.model import AccessPoint

HERE = Path(__file__).resolve()
REFERENCE = HERE.parents[3] / "shared" / "reference" / "radio"
SIONNA = "sionna-rt==2.2.0"


# --- run by Sionna's own Python: nothing of the project is imported ---------------------------------------------------------


def trace(folder: Path) -> None:
    """Trace `folder`/scene.xml as `folder`/job.json says; writes gain.npy and prints CPU and wall seconds of each run as JSON."""
    import mitsuba as mi

    mi.set_variant("llvm_ad_mono_polarized")
    from sionna.rt import PlanarArray, RadioMapSolver, Transmitter, load_scene

    job = json.loads((folder / "job.json").read_text())
    scene = load_scene(str(folder / "scene.xml"))
    scene.frequency = job["frequency_mhz"] * 1e6
    scene.tx_array = PlanarArray(num_rows=1, num_cols=1, pattern="iso", polarization="V")
    for name, place in job["transmitters"].items():
        scene.add(Transmitter(name=name, position=place))
    x0, y0, nx, ny = job["grid"]
    cell, z = job["cell_m"], job["z_m"]
    solver = RadioMapSolver()
    total = 0.0
    runs = []
    for seed in range(1, job["runs"] + 1):
        wall_s, cpu_s = time.perf_counter(), time.process_time()
        found = solver(
            scene,
            center=[x0 + nx * cell / 2, y0 + ny * cell / 2, z],
            orientation=[0, 0, 0],
            size=[nx * cell, ny * cell],
            cell_size=[cell, cell],
            samples_per_tx=job["samples"],
            max_depth=job["depth"],
            specular_reflection=True,
            refraction=True,
            diffuse_reflection=False,
            diffraction=False,
            seed=seed,
        )
        gain = found.path_gain.numpy().astype(np.float64)
        runs.append({"cpu_s": time.process_time() - cpu_s, "wall_s": time.perf_counter() - wall_s})
        total = total + gain
    np.save(folder / "gain.npy", total / job["runs"])
    sys.stdout.write(json.dumps(runs) + "\n")


# --- run by ours ------------------------------------------------------------------------------------------------------------


def gym() -> tuple[FloorPlan, tuple[AccessPoint, ...], Any]:
    return reference("gym")


def community() -> tuple[FloorPlan, tuple[AccessPoint, ...], Any]:
    return reference("community")


def reference(name: str) -> tuple[FloorPlan, tuple[AccessPoint, ...], Any]:
    """One of the reference rooms: building, access points, grid."""
    from wifiplan.radio.coverage import read_job

    job = read_job(REFERENCE / name / "scene.json", band="5")
    return job.floor_plan, job.access_points, job.grid


def _own(make: Callable[[Any], tuple[FloorPlan, tuple[AccessPoint, ...]]]) -> Callable[[], Any]:
    def built() -> Any:
        from wifiplan.radio.radiomap import grid_of

        spec = importlib.util.spec_from_file_location("radio_scenes", HERE.with_name("radio_scenes.py"))
        scenes = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(scenes)
        floor_plan, access_points = make(scenes)
        return floor_plan, access_points, grid_of(floor_plan, 0.5)

    return built


SCENES: dict[str, Callable[[], Any]] = {
    "gym": gym,
    "community": community,
    "oblique": _own(lambda scenes: scenes.oblique_hall()),
    "rooms": _own(lambda scenes: (scenes.rooms_floor(8), scenes.rooms_access_points(4, 8))),
    "rooms-turned": _own(lambda scenes: scenes.turned_rooms(8, 4, 23.0)),
    "gallery": _own(lambda scenes: scenes.gallery_gym()),
    "shelter": _own(lambda scenes: scenes.partitioned_hall()),
    "brick": _own(lambda scenes: scenes.brick_office()),
    "storeys": _own(lambda scenes: scenes.two_storeys()),
}


def install(folder: Path) -> tuple[Path, Path]:
    """Sionna's Python and LLVM's library in a folder; raises `RuntimeError` where they cannot be had."""
    python = folder / "venv" / "bin" / "python"
    try:
        if not python.exists():
            subprocess.run([sys.executable, "-m", "venv", folder / "venv"], check=True)
        subprocess.run([python, "-m", "pip", "install", "-q", SIONNA], check=True, stderr=subprocess.PIPE)
        if not list(folder.glob("llvm/usr/lib/*/libLLVM.so.19*")):
            if shutil.which("apt-get") is None:
                raise RuntimeError("no apt-get to fetch libllvm19 with")
            subprocess.run(["apt-get", "download", "-q", "libllvm19"], cwd=folder, check=True, capture_output=True)
            subprocess.run(["dpkg", "-x", next(folder.glob("libllvm19*.deb")), folder / "llvm"], check=True)
        return python, next(folder.glob("llvm/usr/lib/*/libLLVM.so.19*"))
    except (subprocess.CalledProcessError, OSError, StopIteration) as error:
        detail = getattr(error, "stderr", None) or b""
        raise RuntimeError(f"{error}: {detail.decode(errors='replace')[-500:]}") from error


def write_meshes(floor_plan: FloorPlan, frequency_mhz: float, folder: Path) -> None:
    """The building as Mitsuba XML and PLY: one sheet per wall and slab, openings cut out, and filled with what is in them."""
    import shapely

    from wifiplan.radio.materials import VACUUM_PERMITTIVITY_F_PER_M, material, permittivity

    sheets: list[tuple[str, float, Any, Any]] = []  # material, thickness, polygon in (u, v), how to make (u, v) three-dimensional

    def upright(wall: Any) -> Any:
        start = np.array([*wall.start_m, 0.0])
        along = (np.array([*wall.end_m, 0.0]) - start) / wall.length_m
        return lambda uv: start + uv[:, :1] * along + uv[:, 1:] * np.array([0.0, 0.0, 1.0])

    def over(slab: Any) -> Any:
        corners = np.array(slab.polygon_m)
        a, b, c = np.linalg.lstsq(np.column_stack([corners[:, :2], np.ones(len(corners))]), corners[:, 2], rcond=None)[0]
        return lambda uv: np.column_stack([uv, a * uv[:, 0] + b * uv[:, 1] + c])

    for wall in floor_plan.walls:
        rest = shapely.box(0.0, wall.z0_m, wall.length_m, wall.z1_m)
        for opening in wall.openings:
            hole = shapely.box(opening.u0_m, opening.z0_m, opening.u1_m, opening.z1_m).intersection(rest)
            rest = rest.difference(hole)
            if opening.material is not None:
                sheets.append((opening.material, opening.thickness_m, hole, upright(wall)))
        sheets.append((wall.material, wall.thickness_m, rest, upright(wall)))
    sheets += [
        (slab.material, slab.thickness_m, shapely.Polygon([c[:2] for c in slab.polygon_m]), over(slab))
        for slab in floor_plan.slabs
    ]
    kinds: dict[tuple[str, float], str] = {}
    shapes = []
    for number, (name, thickness_m, polygon, lift) in enumerate(sheets):
        if material(name).layers:
            raise RuntimeError(f"{name} has layers; Sionna RT knows single slabs only")
        if polygon.is_empty:
            continue
        kind = kinds.setdefault((name, thickness_m or material(name).thickness_m), f"kind{len(kinds)}")
        triangles = [np.array(t.exterior.coords)[:3] for t in shapely.constrained_delaunay_triangles(polygon).geoms]
        corners = np.concatenate([lift(t) for t in triangles])
        lines = ["ply", "format ascii 1.0", f"element vertex {len(corners)}", *(f"property float {axis}" for axis in "xyz")]
        lines += [f"element face {len(triangles)}", "property list uchar int vertex_index", "end_header"]
        lines += [f"{x:.6f} {y:.6f} {z:.6f}" for x, y, z in corners]
        lines += [f"3 {3 * t} {3 * t + 1} {3 * t + 2}" for t in range(len(triangles))]
        (folder / f"sheet{number}.ply").write_text("\n".join(lines) + "\n")
        shapes.append(
            f'<shape type="ply" id="mesh-{number}"><string name="filename" value="sheet{number}.ply"/>'
            f'<boolean name="face_normals" value="true"/><ref id="{kind}" name="bsdf"/></shape>'
        )
    materials = []
    for (name, thickness_m), kind in kinds.items():
        eta = permittivity(name, frequency_mhz)
        conductivity = -eta.imag * 2 * np.pi * frequency_mhz * 1e6 * VACUUM_PERMITTIVITY_F_PER_M
        materials.append(
            f'<bsdf type="radio-material" id="{kind}"><float name="relative_permittivity" value="{eta.real}"/>'
            f'<float name="conductivity" value="{conductivity}"/><float name="thickness" value="{thickness_m}"/></bsdf>'
        )
    (folder / "scene.xml").write_text('<scene version="2.1.0">' + "\n".join(materials + shapes) + "</scene>\n")


def compare(name: str, python: Path, llvm: Path, options: argparse.Namespace, folder: Path) -> None:
    """Trace one building with both and print a line for each number of reflections."""
    from wifiplan.radio.radiomap import positions_m, radio_map

    floor_plan, access_points, grid = SCENES[name]()
    write_meshes(floor_plan, options.frequency_mhz, folder)
    places = positions_m(floor_plan, access_points)
    job = {
        "frequency_mhz": options.frequency_mhz,
        "transmitters": {ap.name: place.tolist() for ap, place in zip(access_points, places, strict=True)},
        "grid": list(grid),
        "cell_m": 0.5,
        "z_m": floor_plan.levels[0].floor_m + 1.0,
        "samples": options.samples,
        "depth": options.depth,
        "runs": options.runs,
    }
    (folder / "job.json").write_text(json.dumps(job))
    done = subprocess.run(
        [python, HERE, "--trace", folder], env={"DRJIT_LIBLLVM_PATH": str(llvm), "PATH": ""}, capture_output=True, check=False
    )
    if done.returncode:
        raise RuntimeError(f"Sionna RT failed on {name}: {done.stderr.decode(errors='replace')[-800:]}")
    runs = json.loads(done.stdout.decode().splitlines()[-1])
    theirs = runs[-1]  # the first one also compiles
    with np.errstate(divide="ignore"):
        truth_db = 10 * np.log10(np.load(folder / "gain.npy"))
    if options.keep:
        np.savez_compressed(f"{options.keep}/{name}_{options.frequency_mhz:g}.npz", truth_db=truth_db)
    for reflections in (2, 3):
        times = []
        for _ in range(4):
            wall_s, cpu_s = time.perf_counter(), time.process_time()
            found = radio_map(floor_plan, access_points, frequency_mhz=options.frequency_mhz, reflections=reflections, grid=grid)
            times.append((time.process_time() - cpu_s, time.perf_counter() - wall_s))
        cpu_s, wall_s = (float(np.median(column)) for column in zip(*times[1:], strict=True))
        heard = truth_db > -90
        with np.errstate(invalid="ignore"):
            error = (found.gain_db - truth_db)[heard]
        sys.stdout.write(
            f"| {name} | {options.frequency_mhz:g} | {reflections} | {theirs['cpu_s']:.1f} / {theirs['wall_s']:.1f} | "
            f"{cpu_s:.2f} / {wall_s:.2f} | {theirs['cpu_s'] / cpu_s:.0f} | {np.sqrt(np.mean(error**2)):.2f} | "
            f"{error.mean():+.2f} | {np.percentile(abs(error), 95):.2f} |\n"
        )
        sys.stdout.flush()


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("scene", nargs="*", default=["gym", "community"])
    parser.add_argument("--folder", type=Path, help="kept, with what is installed")
    parser.add_argument("--samples", type=int, default=4_000_000, help="rays of a transmitter")
    parser.add_argument("--depth", type=int, default=10, help="most reflections and slabs on a ray")
    parser.add_argument("--runs", type=int, default=2, help="maps whose mean is compared; the last one is timed")
    parser.add_argument("--frequency-mhz", type=float, default=5200.0)
    parser.add_argument("--keep", help="folder to write the traced maps to")
    parser.add_argument("--trace", type=Path, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.trace:
        trace(options.trace)
        return 0
    with tempfile.TemporaryDirectory() as temporary:
        folder = options.folder or Path(temporary)
        folder.mkdir(parents=True, exist_ok=True)
        try:
            python, llvm = install(folder)
        except RuntimeError as error:
            sys.stderr.write(f"Sionna RT cannot be installed here, nothing was compared: {error}\n")
            return 1
        sys.stdout.write(
            "| scene | MHz | K | Sionna RT CPU / wall, s | ours CPU / wall, s | CPU ratio | RMSE, dB | mean | P95 |\n"
            "|---|---|---|---|---|---|---|---|---|\n"
        )
        for name in options.scene:
            with tempfile.TemporaryDirectory() as meshes:
                compare(name, python, llvm, options, Path(meshes))
    return 0


if __name__ == "__main__":
    sys.exit(main())
