#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Makes the table, and the plots where matplotlib is there, of the rounds that cmake/bench.cmake has measured.

report.py <folder> <compiler> <include>   reads round_*.json and micro.json in the folder; writes table.md, results.json
and *.png there. Says, too, what it costs the compiler to include the front door.

A ratio is to the hand-written epoll loop in the same round. Told are the median of the rounds, and half of the distance
between the quartiles.
"""
import json
import pathlib
import re
import statistics
import subprocess
import sys
import time

FLOOR = "epoll"
LOOPS = ["polleros", "polleros numbers", "polleros scan", "polleros poll", "EventSet", "Dispatcher", "poll", "libev",
         "libevent", "libevent changelist", "libuv", "asio"]


def read_rounds(folder):
    rounds, memory, context = [], {}, {}
    for path in sorted(folder.glob("round_*.json")):
        data = json.loads(path.read_text())
        context = data["context"]
        times = {}
        for run in data["benchmarks"]:
            name, on_the_wall = re.subn(r"/real_time$", "", run["name"])
            row, loop = name.rsplit("/", 1)
            if "bytes" in run:
                memory.setdefault(row, {})[loop] = run["bytes"]
                continue
            times.setdefault(row, {})[loop] = run["real_time" if on_the_wall else "cpu_time"]
        rounds.append(times)
    return rounds, memory, context


def spread(values):
    if len(values) < 2:
        return 0.0
    low, _, high = statistics.quantiles(values, n=4, method="inclusive")
    return (high - low) / 2


def summarise(rounds):
    rows = {}
    for row in rounds[0]:
        floor = [times[row][FLOOR] for times in rounds]
        rows[row] = {"floor ns": statistics.median(floor), "ratios": {}}
        for loop in LOOPS:
            ratios = [times[row][loop] / times[row][FLOOR] for times in rounds if loop in times[row]]
            if ratios:
                rows[row]["ratios"][loop] = {"median": statistics.median(ratios), "spread": spread(ratios)}
    return rows


def table(rows):
    loops = [loop for loop in LOOPS if any(loop in row["ratios"] for row in rows.values())]
    lines = ["| | by hand, ns | " + " | ".join(loops) + " |", "|---|---:|" + "---:|" * len(loops)]
    for name, row in rows.items():
        cells = []
        for loop in loops:
            ratio = row["ratios"].get(loop)
            cells.append("" if ratio is None else f"{ratio['median']:.2f} ±{ratio['spread']:.2f}"
                         if ratio["median"] < 10 else f"{ratio['median']:.0f}")
        lines.append(f"| {name} | {row['floor ns']:.0f} | " + " | ".join(cells) + " |")
    return "\n".join(lines)


def memory_table(memory):
    if not memory:
        return ""
    loops = [loop for loop in [FLOOR, *LOOPS] if any(loop in row for row in memory.values())]
    lines = ["| bytes | " + " | ".join(loops) + " |", "|---|" + "---:|" * len(loops)]
    for name, row in memory.items():
        lines.append(f"| {name} | " + " | ".join(f"{row[loop]:.0f}" if loop in row else "" for loop in loops) + " |")
    return "\n".join(lines)


def plot(rows, memory, folder):
    try:
        import matplotlib
    except ImportError:
        print("No plots: Python's matplotlib is not installed")
        return
    matplotlib.use("Agg")
    from matplotlib import pyplot

    def channels(name):
        return int(re.search(r"N=(\d+)", name).group(1))

    if memory:
        loops = [loop for loop in [FLOOR, *LOOPS] if any(loop in row for row in memory.values())]
        name, most = list(memory.items())[-1]
        figure, axes = pyplot.subplots(figsize=(8, 4))
        bars = axes.barh([loop for loop in loops if loop in most], [most[loop] for loop in loops if loop in most])
        axes.bar_label(bars, fmt="%.0f", padding=3)
        axes.invert_yaxis()
        axes.set(xlabel=f"bytes per idle channel ({channels(name)} of them)")
        figure.savefig(folder / "memory.png", dpi=120, bbox_inches="tight")

    if not rows:
        return
    scale = [name for name in rows if re.fullmatch(r"W1 eventfd N=\d+ A=1", name)]
    figure, axes = pyplot.subplots(figsize=(8, 5))
    for loop in LOOPS:
        points = [(channels(name), rows[name]["ratios"][loop]["median"]) for name in scale
                  if loop in rows[name]["ratios"]]
        if points:
            axes.plot(*zip(*points), marker="o", linewidth=3 if loop == "polleros" else 1, label=loop)
    axes.axhline(1, color="black", linewidth=1, linestyle=":", label="epoll by hand")
    axes.set(xscale="log", yscale="log", xlabel="channels, of which one is active",
             ylabel="CPU time per event, by hand = 1")
    axes.legend(fontsize="small")
    figure.savefig(folder / "channels.png", dpi=120, bbox_inches="tight")

    churn = [name for name in rows if re.fullmatch(r"W[34].*", name) and "deadlines" not in name]
    loops = [loop for loop in LOOPS if loop not in ("polleros scan", "polleros numbers", "EventSet")
             and any(loop in rows[name]["ratios"] for name in churn)]
    figure, axes = pyplot.subplots(figsize=(11, 5))
    for index, loop in enumerate(loops):
        heights = [min(rows[name]["ratios"][loop]["median"], 5) for name in churn]
        axes.bar([place + index / (len(loops) + 1) for place in range(len(churn))], heights, 1 / (len(loops) + 1),
                 label=loop)
    axes.axhline(1, color="black", linewidth=1, linestyle=":")
    axes.set_xticks([place + 0.4 for place in range(len(churn))], churn, rotation=25, ha="right")
    axes.set(ylabel="CPU time per operation, by hand = 1 (cut at 5)")
    axes.legend(fontsize="small")
    figure.savefig(folder / "churn.png", dpi=120, bbox_inches="tight")


def micro(folder):
    path = folder / "micro.json"
    if not path.exists():
        return ""
    lines = ["| | ns |", "|---|---:|"]
    for run in json.loads(path.read_text())["benchmarks"]:
        if run.get("aggregate_name") == "median":
            lines.append(f"| {run['run_name']} | {run['cpu_time']:.2f} |")
    return "\n".join(lines)


def includes(compiler, include):
    """Lines after the preprocessor, and the median of the seconds that the compiler needs for a file with nothing else."""
    lines = ["| a file that includes | lines | s |", "|---|---:|---:|"]
    for what, headers in (("the front door", ["polleros/polleros.hpp"]),
                          ("the core and its backend, without `net/`", ["polleros/poller.hpp", "polleros/backend/native.hpp"]),
                          ("asio: `io_context` and `ip/tcp`", ["asio/io_context.hpp", "asio/ip/tcp.hpp"])):
        text = "".join(f"#include <{header}>\n" for header in headers)
        command = [compiler, "-std=c++20", "-I", include, "-x", "c++", "-"]
        read = subprocess.run([*command, "-E"], input=text, capture_output=True, text=True)
        if read.returncode != 0:
            continue
        seconds = []
        for _ in range(5):
            start = time.monotonic()
            subprocess.run([*command, "-fsyntax-only"], input=text, capture_output=True, text=True, check=True)
            seconds.append(time.monotonic() - start)
        count = len(read.stdout.splitlines())
        lines.append(f"| {what} | {count} | {statistics.median(seconds):.2f} |")
    return "\n".join(lines)


def main():
    folder = pathlib.Path(sys.argv[1])
    rounds, memory, context = read_rounds(folder)
    rows = summarise(rounds)
    peers = ", ".join(f"{name} {context[name]}" for name in ("libev", "libevent", "libuv", "asio") if name in context)
    text = f"{len(rounds)} rounds; {peers}\n\n{table(rows)}\n\n{memory_table(memory)}\n\n{micro(folder)}\n\n{includes(*sys.argv[2:4])}\n"
    print(text)
    (folder / "table.md").write_text(text)
    (folder / "results.json").write_text(json.dumps({"context": context, "rows": rows, "bytes": memory}, indent=1))
    plot(rows, memory, folder)


main()
